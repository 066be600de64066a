import type { RequestHandler } from 'express';
import type { AppAloneOptions } from '../app/app-alone.ts';
import { type AppAnyHostOptions, createAppOrRouter } from '../app/app-any-host.ts';
import type { FamilyAppOptions } from '../app/family-app.ts';
import type { CsrfOptions } from '../csrf-guard.ts';
import { type Closable, closing, type ServedApp } from '../http/http-exchange.ts';
import type { Session } from '../session-object/session.ts';
import { adapterApp } from './enter-app.ts';
import { ExpressContext } from './express-context.ts';
import { enterOnNode, refuseWithoutSignIn, refusingUnsafe } from './node-context.ts';
import { answerBy, sendWebResponse } from './node-web.ts';

// Also makes the types of this module know the module that it adds to.
export type { RequestSession } from '../http/express-request.ts';

declare module '../http/express-request.ts' {
  interface RequestSessions {
    /** Made by `latchkey(...)` or `sessions(...)`. */
    native: Session;
  }
}

/**
 * Express 5 middleware: makes `req.session` and serves Latchkey's own routes. Put it before body parsers and routes. Takes
 * a family app or a ready app handler. `close()` frees its store. Throws at start; see `createFamilyApp`.
 *
 * @example
 * ```ts
 * import { latchkey } from '@latchkey/session/express';
 * import express from 'express';
 * import family from './latchkey.config.ts';
 *
 * const app = express();
 * app.use(latchkey({ family, app: 'toys' })); // LATCHKEY_APP_KEY holds this app's key
 * app.get('/', (request, response) => void response.send(request.session.account?.name));
 * ```
 */
export function latchkey(options: FamilyAppOptions | ServedApp): RequestHandler & Closable {
  const app = adapterApp(options);
  const middleware: RequestHandler = (request, response, next) =>
    enterOnNode(app, new ExpressContext(request, response, next));
  return closing(middleware, app.served);
}

/**
 * The same for an app outside any family. Throws at start; see `createAppOrRouter`.
 *
 * @example
 * ```ts
 * import { sessions } from '@latchkey/session/express';
 * import express from 'express';
 *
 * const app = express();
 * app.use(sessions({ origin: 'https://shop.example', store: 'memory:' }));
 * ```
 */
export function sessions(options: AppAloneOptions | AppAnyHostOptions): RequestHandler & Closable {
  return latchkey(createAppOrRouter(options));
}

/**
 * Middleware for pages that need a sign-in: else the hop to the login host, 401 for programs, 403 without access.
 *
 * @example
 * ```ts
 * import { requireSignIn } from '@latchkey/session/express';
 * import { Router } from 'express';
 *
 * export const pages = Router(); // used after `latchkey(…)`
 * pages.get('/private', requireSignIn(), (_request, response) => void response.send('Hello'));
 * ```
 */
export function requireSignIn(): RequestHandler {
  return (request, _response, next) => {
    if (!refuseWithoutSignIn(request, next)) next();
  };
}

/**
 * Middleware that refuses unsafe requests of other sites with 403, by Fetch Metadata, `Origin`, `Referer`, else by a token
 * of `req.session.csrfToken()` in the header `x-csrf-token` or in the body's field `authenticity_token` or `_csrf`. Put it
 * after body parsers and before routes. Throws `option_invalid` at start.
 *
 * @example
 * ```ts
 * import { csrf } from '@latchkey/session/express';
 * import { Router, urlencoded } from 'express';
 *
 * export const pages = Router(); // used after `latchkey(…)`
 * pages.use(urlencoded(), csrf());
 * pages.post('/orders', (_request, response) => void response.send('Ordered'));
 * ```
 */
export function csrf(options: CsrfOptions = {}): RequestHandler {
  const refuse = refusingUnsafe(options);
  return function latchkeyCsrf(request, _response, next) {
    if (!refuse(request, next, request.body)) next();
  };
}

/** Serves a web handler as an Express middleware. `origin` is what request URLs are built on. */
export function mount(
  handler: (request: Request) => Response | Promise<Response>,
  origin: string,
): RequestHandler {
  return async (request, response) =>
    sendWebResponse(await answerBy(handler, origin, request), response);
}
