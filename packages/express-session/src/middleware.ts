// The drop-in for express-session: its options, session object, stores and signed cookie. `request-context.ts` is one request,
// `write.ts` saves. Sign-in, families and stores of Latchkey are not here: the adapter of `@latchkey/session` has them,
// and either can run beside the other.

import type { ServerResponse } from 'node:http';
import type { Request, RequestHandler } from 'express';
import { Cookie } from './cookie.ts';
import { MemoryStore } from './memory-store.ts';
import type { MiddlewareConfig, Visitor } from './middleware-config.ts';
import { resolveOptions } from './options.ts';
import { readSessionId } from './read-session-id.ts';
import { createRenewals, renewalInterval, storeLifetime } from './renewals.ts';
import { RequestContext } from './request-context.ts';
import { isSecure, pathOf } from './request-facts.ts';
import { hookResponse } from './response.ts';
import { keeperOf, Session } from './session.ts';
import type { Done, SessionOptions, SessionRequest } from './shapes.ts';
import type { StoreMarks } from './store-marks.ts';
import { createTurns } from './turns.ts';
import { isMissing } from './write.ts';

type Kept = SessionRequest & { [keeperOf]?: RequestContext };

/** See `session` of the subpath's entry. */
export function createMiddleware(options: Partial<SessionOptions> | null = null): RequestHandler {
  const resolved = resolveOptions(options);
  const { store, renewAfterMilliseconds } = resolved;
  // Known to keep what it is given, and as long as its cookie says; a class that extends it may do otherwise.
  const keepsByCookie = Object.getPrototypeOf(store) === MemoryStore.prototype;
  const renewals = createRenewals(
    (lifetimeMilliseconds) =>
      renewAfterMilliseconds ??
      renewalInterval(lifetimeMilliseconds, storeLifetime(store, keepsByCookie)),
  );
  const marks: StoreMarks = { marksSessions: keepsByCookie ? false : null };
  const config: MiddlewareConfig = { ...resolved, turns: createTurns(), renewals, marks };
  let isReady = true;
  store.generate = (request) => {
    // Of several middlewares on one store the one that the request went through makes the session, not the last made.
    const keeper = (request as Kept)[keeperOf];
    giveNewSession(keeper?.config ?? config, request as Kept);
  };
  store.on('disconnect', () => {
    isReady = false;
  });
  store.on('connect', () => {
    isReady = true;
  });
  const handle = (request: Kept, response: ServerResponse, next: Done): void => {
    if (request.session || !isReady || !isInPath(config, request)) {
      next();
      return;
    }
    const secrets = config.secrets ?? (request.secret ? [request.secret] : []);
    const [secret] = secrets;
    if (!secret) {
      next(new Error('secret option required for sessions'));
      return;
    }
    const cookieId = readSessionId(request, config.name, secrets);
    receive(config, { request, response, next, cookieId, secret });
  };
  // Named as the original, since tools and apps look for the middleware by its name.
  return function session(request: Request, response, next) {
    handle(request as unknown as Kept, response, next as Done);
  };
}

function isInPath(config: MiddlewareConfig, request: SessionRequest): boolean {
  return pathOf(request).startsWith(config.cookieOptions(request).path || '/');
}

function receive(config: MiddlewareConfig, visitor: Visitor): void {
  const { response, next, cookieId } = visitor;
  const request: Kept = visitor.request;
  const context = new RequestContext(config, visitor);
  request.sessionStore = config.store;
  request.sessionID = cookieId;
  request[keeperOf] = context;
  hookResponse(response, context);
  if (cookieId === undefined) {
    context.start();
    next();
    return;
  }
  config.store.get(cookieId, (error, data) => {
    if (error && !isMissing(error)) return next(error);
    try {
      if (error || !data) context.start();
      else context.resume(data);
    } catch (broken) {
      return next(broken);
    }
    next();
  });
}

function giveNewSession(config: MiddlewareConfig, request: Kept): void {
  request.sessionID = config.generateId(request);
  const session = new Session(request);
  const options = config.cookieOptions(request);
  const isSecureNow = isSecure(request, config.proxy);
  session.cookie = new Cookie(options);
  if (options.secure === 'auto') session.cookie.secure = isSecureNow;
  if (options.sameSite === 'auto') session.cookie.sameSite = isSecureNow ? 'none' : 'lax';
  request.session = session;
  request[keeperOf]?.begun(session);
}
