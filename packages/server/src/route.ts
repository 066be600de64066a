import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/** What Hono hands to routes: the bindings of Node. */
export type RouteEnv = { Bindings: HttpBindings };
/** Answers a request; the context says from where it came. */
export type Handler = (request: Request, c: Context<RouteEnv>) => Response | Promise<Response>;
/** Answers a path by method. HEAD is answered as GET, any other method that is not named with 405. */
export type Route = (path: string, methods: Readonly<Record<string, Handler>>) => void;
