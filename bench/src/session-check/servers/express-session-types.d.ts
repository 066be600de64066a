// What is used here of express-session; `paths` in tsconfig.json says so. The package's own types give Express requests
// another `session` than the Latchkey adapter does, and one program cannot hold both.
import type { RequestHandler } from 'express';

export interface SessionData {
  readonly cookie: { readonly originalMaxAge: number; readonly expires: string };
  readonly account: { readonly id: string; readonly email: string; readonly name: string };
}

export class Store {}

// biome-ignore lint/style/noDefaultExport: this is what the package has
export default function session(options: {
  readonly secret: string;
  readonly store: Store;
  readonly resave: boolean;
  readonly saveUninitialized: boolean;
  readonly cookie: { readonly maxAge: number };
}): RequestHandler;
