import type { RequestHandler } from 'express';
import type { AppAloneOptions } from '../app-alone.ts';
import { type AppAnyHostOptions, createAppDoor } from '../app-any-host.ts';
import type { FamilyAppOptions } from '../family/family-app.ts';
import type { Door } from '../http-exchange.ts';
import type { Session } from '../session/session.ts';
import { doorOf, enter, turnAway } from './node-door.ts';
import { badRequest, sendWebResponse, toWebRequest } from './node-web.ts';

declare module 'express-serve-static-core' {
  interface Request {
    /** Made by `latchkey(...)` or `sessions(...)`. */
    session: Session;
  }
}

/**
 * Express 5 middleware: makes `req.session` and serves Latchkey's own routes. Put it before body parsers and routes. Takes
 * a family app or a ready entrance. Throws at start; see `createFamilyApp`.
 */
export function latchkey(options: FamilyAppOptions | Door): RequestHandler {
  const door = doorOf(options);
  return (request, response, next) => enter(door, request, response, () => next(), next);
}

/** The same for an app outside any family. Throws at start; see `createAppDoor`. */
export function sessions(options: AppAloneOptions | AppAnyHostOptions): RequestHandler {
  return latchkey(createAppDoor(options));
}

/** Middleware for pages that need a sign-in: else the hop to the login host, 401 for programs, 403 without access. */
export function requireSignIn(): RequestHandler {
  return (request, response, next) => {
    // Express shortens `url` below a mount point; the person must come back to the whole path.
    if (!turnAway(request, response, next, request.originalUrl)) next();
  };
}

/** Serves a web handler as an Express middleware. `origin` is what request URLs are built on. */
export function mount(
  handler: (request: Request) => Response | Promise<Response>,
  origin: string,
): RequestHandler {
  return async (request, response) => {
    const web = toWebRequest(request, origin);
    await sendWebResponse(web === null ? badRequest() : await handler(web), response);
  };
}
