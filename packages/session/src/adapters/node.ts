import type { RequestListener, ServerResponse } from 'node:http';
import type { AppAloneOptions } from '../app/app-alone.ts';
import { type AppAnyHostOptions, createAppOrRouter } from '../app/app-any-host.ts';
import type { FamilyAppOptions } from '../app/family-app.ts';
import type { CsrfOptions } from '../csrf-guard.ts';
import { type Closable, closing, type ServedApp } from '../http/http-exchange.ts';
import { adapterApp } from './enter-app.ts';
import { ListenerContext } from './listener-context.ts';
import {
  enterOnNode,
  type NodeRequest,
  refuseWithoutSignIn,
  refusingUnsafe,
  type SessionListener,
} from './node-context.ts';
import { answerBy, failPlainly, sendWebResponse } from './node-web.ts';

export type { NodeRequest, SessionListener } from './node-context.ts';
export { type UpgradeListener, type UpgradeOptions, upgrade } from './node-upgrade.ts';

/**
 * Makes `request.session` for a node:http listener and serves Latchkey's own routes. Takes a family app or a ready app handler.
 * `close()` frees its store. Throws at start; see `createFamilyApp`.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { latchkey } from '@latchkey/session/node';
 * import family from './latchkey.config.ts';
 *
 * const withSession = latchkey({ family, app: 'toys' });
 * createServer(withSession(({ session }, response) => void response.end(session.account?.name)));
 * ```
 */
export function latchkey(
  options: FamilyAppOptions | ServedApp,
): ((listener: SessionListener) => RequestListener) & Closable {
  const app = adapterApp(options);
  const serve =
    (listener: SessionListener): RequestListener =>
    (incoming, outgoing) =>
      enterOnNode(app, new ListenerContext(incoming, outgoing, listener));
  return closing(serve, app.served);
}

/**
 * The same for an app outside any family. Throws at start; see `createAppOrRouter`.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { sessions } from '@latchkey/session/node';
 *
 * const withSession = sessions({ origin: 'https://shop.example', store: 'memory:' });
 * createServer(withSession(({ session }, response) => void response.end(session.account?.name)));
 * ```
 */
export function sessions(
  options: AppAloneOptions | AppAnyHostOptions,
): ((listener: SessionListener) => RequestListener) & Closable {
  return latchkey(createAppOrRouter(options));
}

/**
 * True when signed in with access. Else it has answered (hop to the login host, 401 or 403) and the listener returns.
 *
 * @example
 * ```ts
 * import { requireSignIn, type SessionListener } from '@latchkey/session/node';
 *
 * export const privatePage: SessionListener = (request, response) => {
 *   if (requireSignIn(request, response)) response.end(`Hello ${request.session.account?.name}`);
 * };
 * ```
 */
export function requireSignIn(request: NodeRequest, response: ServerResponse): boolean {
  return !refuseWithoutSignIn(request, failPlainly(response));
}

/** Says whether a request may go on; `body` is the parsed form, where there is one. */
export type CsrfCheck = (request: NodeRequest, response: ServerResponse, body?: unknown) => boolean;

/**
 * Makes a check for unsafe requests: by Fetch Metadata, `Origin`, `Referer`, else by a token of `session.csrfToken()` in the
 * header `x-csrf-token` or in the field `authenticity_token` or `_csrf` of the body that is passed. False: it has answered
 * with 403 and the listener returns. Throws `option_invalid` at start.
 *
 * @example
 * ```ts
 * import { csrf, type SessionListener } from '@latchkey/session/node';
 *
 * const isAllowed = csrf();
 * export const order: SessionListener = (request, response) => {
 *   if (isAllowed(request, response)) response.end('Ordered');
 * };
 * ```
 */
export function csrf(options: CsrfOptions = {}): CsrfCheck {
  const refuse = refusingUnsafe(options);
  return (incoming, outgoing, body) => !refuse(incoming, failPlainly(outgoing), body);
}

/** Serves a web handler on node:http. `origin` is what request URLs are built on. */
export function mount(
  handler: (request: Request) => Response | Promise<Response>,
  origin: string,
): RequestListener {
  return (incoming, outgoing) => {
    answerBy(handler, origin, incoming)
      .then((response) => sendWebResponse(response, outgoing))
      .catch(failPlainly(outgoing));
  };
}
