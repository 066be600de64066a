import { refusalPage } from '../answers/refusal-page.ts';
import type { AppAloneOptions } from '../app/app-alone.ts';
import { type AppAnyHostOptions, createAppOrRouter, handlerAt } from '../app/app-any-host.ts';
import type { FamilyAppOptions } from '../app/family-app.ts';
import { type CsrfOptions, createCsrfGuard } from '../csrf-guard.ts';
import { type Closable, closing, type ServedApp } from '../http/http-exchange.ts';
import type { Session } from '../session-object/session.ts';
import { adapterApp } from './enter-app.ts';
import { enterOnWeb, privateByDefault, rejectWeb, webConnection } from './web-context.ts';
import { refuseOnWeb } from './web-csrf.ts';

/** A web handler that finds a session. */
export type SessionHandler = (request: Request, session: Session) => Response | Promise<Response>;
/** A web handler. */
export type WebHandler = (request: Request) => Promise<Response>;

/**
 * Sessions and Latchkey's own routes for a handler of `Request` to `Response`. Takes a family app or a ready app handler.
 * The `Host` header (else the URL's host) must be the app's own. `close()` frees its store. Throws at start; see
 * `createFamilyApp`.
 *
 * @example
 * ```ts
 * import { latchkey } from '@latchkey/session/web';
 * import family from './latchkey.config.ts';
 *
 * const withSession = latchkey({ family, app: 'toys' }); // LATCHKEY_APP_KEY holds this app's key
 * export const handler = withSession(
 *   (_request, session) => new Response(`Hello ${session.account?.name}`),
 * );
 * ```
 */
export function latchkey(
  options: FamilyAppOptions | ServedApp,
): ((handler: SessionHandler) => WebHandler) & Closable {
  const app = adapterApp(options);
  const serve =
    (handler: SessionHandler): WebHandler =>
    (request) =>
      enterOnWeb(app, request, async (session) => handler(request, session));
  return closing(serve, app.served);
}

/**
 * The same for an app outside any family. Throws at start; see `createAppOrRouter`.
 *
 * @example
 * ```ts
 * import { sessions } from '@latchkey/session/web';
 *
 * const withSession = sessions({ origin: 'https://shop.example', store: 'memory:' });
 * export const handler = withSession(
 *   (_request, session) => new Response(`Hello ${session.account?.name}`),
 * );
 * ```
 */
export function sessions(
  options: AppAloneOptions | AppAnyHostOptions,
): ((handler: SessionHandler) => WebHandler) & Closable {
  return latchkey(createAppOrRouter(options));
}

/**
 * Wraps a handler so that it needs a sign-in: else the hop to the login host, 401 for programs, 403 without access.
 *
 * @example
 * ```ts
 * import { createFamilyApp } from '@latchkey/session';
 * import { latchkey, requireSignIn } from '@latchkey/session/web';
 * import family from './latchkey.config.ts';
 *
 * const app = createFamilyApp({ family, app: 'toys' });
 * const page = requireSignIn(app, () => new Response('Hello'));
 * export const handler = latchkey(app)(page);
 * ```
 */
export function requireSignIn(served: ServedApp, handler: SessionHandler): SessionHandler {
  return async (request, session) => {
    const app = handlerAt(served, () => webConnection(request, null));
    if (app === null) return refusalPage('wrong-host');
    const refusal = rejectWeb(app, request, session);
    return refusal ?? privateByDefault(await handler(request, session));
  };
}

/**
 * Wraps a handler so that unsafe requests of other sites are refused with 403, by Fetch Metadata, `Origin`, `Referer`, else
 * by a token of `session.csrfToken()` in the header `x-csrf-token` or in the field `authenticity_token` or `_csrf` of a form
 * of at most 1,048,576 bytes and 1,000 fields. Throws `option_invalid` at start.
 *
 * @example
 * ```ts
 * import { createFamilyApp } from '@latchkey/session';
 * import { csrf, latchkey } from '@latchkey/session/web';
 * import family from './latchkey.config.ts';
 *
 * const app = createFamilyApp({ family, app: 'toys' });
 * const order = csrf(app, () => new Response('Ordered'));
 * export const handler = latchkey(app)(order);
 * ```
 */
export function csrf(
  served: ServedApp,
  handler: SessionHandler,
  options: CsrfOptions = {},
): SessionHandler {
  const guard = createCsrfGuard(options);
  return async (request, session) => {
    const app = handlerAt(served, () => webConnection(request, null));
    if (app === null) return refusalPage('wrong-host');
    const refusal = await refuseOnWeb(guard, { handler: app, session, request });
    return refusal ?? handler(request, session);
  };
}

/** A web handler needs no mounting here: it is returned as it is. */
export function mount(handler: WebHandler): WebHandler {
  return handler;
}
