import type { RequestHandler } from 'express';
import { Cookie, type CookieConstructor } from './cookie.ts';
import { MemoryStore } from './memory-store.ts';
import { createMiddleware } from './middleware.ts';
import { Session, type SessionConstructor } from './session.ts';
import type {
  MemoryStoreShape,
  SessionData,
  SessionOptions,
  StoreInUse,
  StoreShape,
} from './shapes.ts';
import { Store } from './store.ts';

// Also makes the types of this module know the module that it adds to.
export type { RequestSession } from '@latchkey/session/express-request';
export type { CookieOptions, SessionData, SessionOptions } from './shapes.ts';
export { Cookie, MemoryStore, Session, Store };

declare module '@latchkey/session/express-request' {
  interface RequestSessions {
    dropIn: Session & Partial<SessionData>;
  }
}

declare module 'express-serve-static-core' {
  interface Request {
    /** The id of the session. */
    sessionID: string;
    sessionStore: StoreInUse;
  }
}

/** The middleware and, as store packages expect them, the classes. */
export interface SessionFunction {
  (options?: SessionOptions): RequestHandler;
  readonly Store: typeof StoreShape;
  readonly MemoryStore: typeof MemoryStoreShape;
  readonly Cookie: CookieConstructor;
  readonly Session: SessionConstructor;
}

/**
 * Middleware with the options, cookies, records and behaviour of express-session 1.19, and stores made for it; what is
 * better is in docs/from-express-session.md. Throws TypeError for options that cannot be. A request fails where there
 * is no secret. Does not check how long the secret is.
 *
 * @example
 * ```ts
 * import { session } from '@latchkey/express-session';
 * import express from 'express';
 *
 * const secret = process.env['SESSION_SECRET'] ?? '';
 * express().use(session({ secret, resave: false, saveUninitialized: false }));
 * ```
 */
export const session: SessionFunction = Object.assign(
  (options?: SessionOptions) => createMiddleware(options),
  { Store, MemoryStore, Cookie, Session },
);

/** Types as existing code names them: `session.SessionOptions`. */
// biome-ignore lint/style/noNamespace: types alone; nothing is left of it at run time
export declare namespace session {
  type Cookie = import('./cookie.ts').Cookie;
  type CookieOptions = import('./shapes.ts').CookieOptions;
  type MemoryStore = import('./memory-store.ts').MemoryStore;
  type Session = import('./session.ts').Session;
  type SessionData = import('./shapes.ts').SessionData;
  type SessionOptions = import('./shapes.ts').SessionOptions;
  type Store = import('./store.ts').Store;
}
