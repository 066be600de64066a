import type { Middleware } from 'koa';
import type { AppAloneOptions } from '../app/app-alone.ts';
import { type AppAnyHostOptions, createAppOrRouter } from '../app/app-any-host.ts';
import type { FamilyAppOptions } from '../app/family-app.ts';
import { type CsrfOptions, createCsrfGuard } from '../csrf-guard.ts';
import { type Closable, closing, type ServedApp } from '../http/http-exchange.ts';
import type { Session } from '../session-object/session.ts';
import { adapterApp, enterApp, requireContext } from './enter-app.ts';
import { answerInKoa, KoaContext } from './koa-context.ts';
import { answerBy } from './node-web.ts';

declare module 'koa' {
  interface ExtendableContext {
    /** Made by `latchkey(...)` or `sessions(...)`. */
    session: Session;
    /** For Latchkey. @internal */
    latchkeyContext?: KoaContext;
  }
}

/** Middleware that asks nothing of an app's own state and context types. */
type AnyMiddleware = Middleware<object, object>;

/**
 * Koa 3 middleware: makes `ctx.session` and serves Latchkey's own routes. Put it before body parsers and routes. What it
 * answers itself goes through `ctx.body`, so middleware in front of it has its turn. Takes a family app or a ready
 * handler. `close()` frees its store. Throws at start; see `createFamilyApp`.
 *
 * @example
 * ```ts
 * import { latchkey } from '@latchkey/session/koa';
 * import Koa from 'koa';
 * import family from './latchkey.config.ts';
 *
 * const app = new Koa();
 * app.use(latchkey({ family, app: 'toys' })); // LATCHKEY_APP_KEY holds this app's key
 * app.use((ctx) => void (ctx.body = `Hello ${ctx.session.account?.name}`));
 * ```
 */
export function latchkey(options: FamilyAppOptions | ServedApp): AnyMiddleware & Closable {
  const app = adapterApp(options);
  const middleware: AnyMiddleware = async function latchkeySession(ctx, next) {
    const entering = enterApp(app, new KoaContext(ctx));
    const own = entering instanceof Promise ? await entering : entering;
    if (own === null) await next();
    else answerInKoa(own, ctx);
  };
  return closing(middleware, app.served);
}

/**
 * The same for an app outside any family. Throws at start; see `createAppOrRouter`.
 *
 * @example
 * ```ts
 * import { sessions } from '@latchkey/session/koa';
 * import Koa from 'koa';
 *
 * const app = new Koa();
 * app.use(sessions({ origin: 'https://shop.example', store: 'memory:' }));
 * ```
 */
export function sessions(options: AppAloneOptions | AppAnyHostOptions): AnyMiddleware & Closable {
  return latchkey(createAppOrRouter(options));
}

/** Middleware for pages that need a sign-in: else the hop to the login host, 401 for programs, 403 without access. */
export function requireSignIn(): AnyMiddleware {
  return async function latchkeyRequireSignIn(ctx, next) {
    const refusal = requireContext(ctx.latchkeyContext, 'requireSignIn').demandSignIn();
    if (refusal === null) await next();
    else answerInKoa(refusal, ctx);
  };
}

/**
 * Middleware that refuses unsafe requests of other sites with 403, by Fetch Metadata, `Origin`, `Referer`, else by a token
 * of `ctx.session.csrfToken()` in the header `x-csrf-token` or in the field `authenticity_token` or `_csrf` of
 * `ctx.request.body`. Put it after body parsers and before routes. Throws `option_invalid` at start.
 */
export function csrf(options: CsrfOptions = {}): AnyMiddleware {
  const guard = createCsrfGuard(options);
  return async function latchkeyCsrf(ctx, next) {
    const { body } = ctx.request as { readonly body?: unknown };
    const refusal = requireContext(ctx.latchkeyContext, 'csrf').refuseUnsafe(guard, body);
    if (refusal === null) await next();
    else answerInKoa(refusal, ctx);
  };
}

/** Serves a web handler as a Koa middleware. `origin` is what request URLs are built on. */
export function mount(
  handler: (request: Request) => Response | Promise<Response>,
  origin: string,
): AnyMiddleware {
  return async function latchkeyMount(ctx) {
    answerInKoa(await answerBy(handler, origin, ctx.req), ctx);
  };
}
