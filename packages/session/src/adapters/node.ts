// Owns the frameworks: each file translates a request and a response of one of them. Those on node:http share the files
// that begin with `node-`, the others those that begin with `web`. What a session does is left to the app handler that
// an adapter is given (`app/`, `lifecycle/`).

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { refusalPage } from '../answers/refusal-page.ts';
import type { AppAloneOptions } from '../app/app-alone.ts';
import { type AppAnyHostOptions, createAppOrRouter } from '../app/app-any-host.ts';
import type { FamilyAppOptions } from '../app/family-app.ts';
import { type CsrfOptions, createCsrfGuard } from '../csrf-guard.ts';
import { hasCode } from '../errors.ts';
import { type Closable, closing, type ServedApp } from '../http/http-exchange.ts';
import { refuseOnNode } from './node-csrf.ts';
import { enter, gateOf, type NodeRequest, reject } from './node-door.ts';
import { badRequest, sendWebResponse, toWebRequest } from './node-web.ts';

export type { NodeRequest } from './node-door.ts';
export { type UpgradeListener, type UpgradeOptions, upgrade } from './node-upgrade.ts';

/** A request listener that finds `request.session`. */
export type SessionListener = (
  request: NodeRequest,
  response: ServerResponse,
) => void | Promise<void>;

/**
 * Makes `request.session` for a node:http listener and serves Latchkey's own routes: `createServer(latchkey({ family,
 * app: 'shop' })(listener))`. Takes a family app or a ready app handler. `close()` frees its store. Throws at start; see
 * `createFamilyApp`.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { latchkey } from '@latchkey/session/node';
 * import family from './latchkey.config.ts';
 *
 * const withSession = latchkey({ family, app: 'toys' });
 * createServer(
 *   withSession(({ session }, response) => void response.end(session.account?.name)),
 * ).listen(4001);
 * ```
 */
export function latchkey(
  options: FamilyAppOptions | ServedApp,
): ((listener: SessionListener) => RequestListener) & Closable {
  const gate = gateOf(options);
  const serve =
    (listener: SessionListener): RequestListener =>
    (incoming, outgoing) => {
      const fail = (error: unknown): void => failPlainly(outgoing, error);
      const next = (): void => {
        const done = listener(incoming as NodeRequest, outgoing);
        if (done instanceof Promise) done.catch(fail);
      };
      enter(gate, incoming, outgoing, next, fail);
    };
  return closing(serve, gate.served);
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
  return !reject(request, response, (error) => failPlainly(response, error));
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
  const guard = createCsrfGuard(options);
  return (incoming, outgoing, body) => {
    const visit = { incoming, outgoing, url: incoming.url ?? '/', body };
    return !refuseOnNode(guard, visit, (error) => failPlainly(outgoing, error));
  };
}

/** Serves a web handler on node:http. `origin` is what request URLs are built on. */
export function mount(
  handler: (request: Request) => Response | Promise<Response>,
  origin: string,
): RequestListener {
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const request = toWebRequest(incoming, origin);
    await sendWebResponse(request === null ? badRequest() : await handler(request), outgoing);
  };
  return (incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => failPlainly(outgoing, error));
  };
}

/**
 * A bare 500, as node:http has no error handling of its own, or a 503 where a call of the app met a store that is down; the
 * cause goes to the process's error output.
 */
function failPlainly(outgoing: ServerResponse, error: unknown): void {
  console.error(error);
  const isOutage = hasCode(error, 'store_unavailable');
  if (outgoing.headersSent) outgoing.destroy();
  else if (isOutage) sendWebResponse(refusalPage('unavailable'), outgoing).catch(console.error);
  else outgoing.writeHead(500, { 'content-type': 'text/plain' }).end('Internal server error.');
}
