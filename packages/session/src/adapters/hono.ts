import type { Context, MiddlewareHandler } from 'hono';
import type { AppAloneOptions } from '../app/app-alone.ts';
import { type AppAnyHostOptions, createAppOrRouter } from '../app/app-any-host.ts';
import type { FamilyAppOptions } from '../app/family-app.ts';
import { type CsrfOptions, createCsrfGuard } from '../csrf-guard.ts';
import { type Closable, closing, type ServedApp } from '../http/http-exchange.ts';
import { adapterApp, enterApp, requireContext } from './enter-app.ts';
import { handlerIn, type LatchkeyEnv, noteHandler } from './hono-context.ts';
import { createFindNode } from './node-behind.ts';
import type { WebHandler } from './web.ts';
import { privateByDefault, rejectWeb, WebContext } from './web-context.ts';
import { refuseOnWeb } from './web-csrf.ts';

export type { LatchkeyEnv } from './hono-context.ts';

/**
 * Hono middleware: makes `c.get('session')` and serves Latchkey's own routes. Takes a family app or a ready app handler.
 * `close()` frees its store. Throws at start; see `createFamilyApp`.
 *
 * @example
 * ```ts
 * import { type LatchkeyEnv, latchkey } from '@latchkey/session/hono';
 * import { Hono } from 'hono';
 * import family from './latchkey.config.ts';
 *
 * const app = new Hono<LatchkeyEnv>();
 * app.use(latchkey({ family, app: 'toys' })); // LATCHKEY_APP_KEY holds this app's key
 * app.get('/', (c) => c.text(`Hello ${c.get('session').account?.name}`));
 * ```
 */
export function latchkey(
  options: FamilyAppOptions | ServedApp,
): MiddlewareHandler<LatchkeyEnv> & Closable {
  const app = adapterApp(options);
  const findNode = createFindNode();
  const middleware: MiddlewareHandler<LatchkeyEnv> = async function latchkeySession(c, next) {
    const { raw } = c.req;
    const context = new WebContext(raw, findNode(raw, c.env));
    const entering = enterApp(app, context);
    const own = entering instanceof Promise ? await entering : entering;
    if (own !== null) return replaceResponse(c, own);
    c.set('session', context.session);
    noteHandler(c, context.handler);
    try {
      await next();
      const finished = context.finish(c.res);
      const response = finished instanceof Promise ? await finished : finished;
      if (response !== c.res) replaceResponse(c, response);
    } catch (error) {
      replaceResponse(c, context.refuse(error));
    }
  };
  return closing(middleware, app.served);
}

/**
 * The same for an app outside any family. Throws at start; see `createAppOrRouter`.
 *
 * @example
 * ```ts
 * import { type LatchkeyEnv, sessions } from '@latchkey/session/hono';
 * import { Hono } from 'hono';
 *
 * const app = new Hono<LatchkeyEnv>();
 * app.use(sessions({ origin: 'https://shop.example', store: 'memory:' }));
 * ```
 */
export function sessions(
  options: AppAloneOptions | AppAnyHostOptions,
): MiddlewareHandler<LatchkeyEnv> & Closable {
  return latchkey(createAppOrRouter(options));
}

/** Middleware for pages that need a sign-in: else the hop to the login host, 401 for programs, 403 without access. */
export function requireSignIn(): MiddlewareHandler<LatchkeyEnv> {
  return async function latchkeyRequireSignIn(c, next) {
    const handler = requireContext(handlerIn(c), 'requireSignIn');
    const refusal = rejectWeb(handler, c.req.raw, c.get('session'));
    if (refusal !== null) return refusal;
    await next();
    const response = privateByDefault(c.res);
    if (response !== c.res) replaceResponse(c, response);
    return undefined;
  };
}

/**
 * Middleware that refuses unsafe requests of other sites with 403, whatever their content type, by Fetch Metadata, `Origin`,
 * `Referer`, else by a token of `c.get('session').csrfToken()` in the header `x-csrf-token` or in the field
 * `authenticity_token` or `_csrf` of a form of at most 1,048,576 bytes and
 * 1,000 fields. Throws `option_invalid` at start.
 */
export function csrf(options: CsrfOptions = {}): MiddlewareHandler<LatchkeyEnv> {
  const guard = createCsrfGuard(options);
  return async function latchkeyCsrf(c, next) {
    const handler = requireContext(handlerIn(c), 'csrf');
    const guarded = { handler, session: c.get('session'), request: c.req.raw };
    // Middleware before may have read the body; Hono keeps what it read.
    const read = (): Promise<unknown> =>
      c.req.bodyCache.formData === undefined ? c.req.arrayBuffer() : c.req.formData();
    const refusal = await refuseOnWeb(guard, guarded, () => read().catch(() => undefined));
    return refusal ?? next();
  };
}

/** Serves a web handler as a Hono handler. */
export function mount(handler: WebHandler): (c: Context) => Promise<Response> {
  return (c) => handler(c.req.raw);
}

/** Assigning `c.res` merges the headers of the old response into the new one; here the new one is already whole. */
function replaceResponse(c: Context<LatchkeyEnv>, response: Response): void {
  c.res = undefined;
  c.res = response;
}
