import type {
  FastifyPluginCallback,
  onRequestHookHandler,
  preHandlerAsyncHookHandler,
  RouteHandlerMethod,
} from 'fastify';
import type { AppAloneOptions } from '../app/app-alone.ts';
import { type AppAnyHostOptions, createAppOrRouter } from '../app/app-any-host.ts';
import type { FamilyAppOptions } from '../app/family-app.ts';
import { type CsrfOptions, createCsrfGuard } from '../csrf-guard.ts';
import { type Closable, closing, type ServedApp } from '../http/http-exchange.ts';
import type { Session } from '../session-object/session.ts';
import { type AdapterApp, adapterApp, requireContext } from './enter-app.ts';
import { FastifyContext, sendInFastify } from './fastify-context.ts';
import { enterOnNode } from './node-context.ts';
import { answerBy } from './node-web.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Made by `latchkey(...)` or `sessions(...)`. */
    session: Session;
    /** For Latchkey. @internal */
    latchkeyContext: FastifyContext | null;
  }
}

/**
 * Fastify 5 plugin: makes `request.session` and serves Latchkey's own routes. `app.register(latchkey({ family, app }))`
 * covers the instance it is registered on. Takes a family app or a ready app handler. `close()` frees its store; `app.close()`
 * does so too, unless the app handler was ready. Throws at start; see `createFamilyApp`.
 *
 * @example
 * ```ts
 * import { latchkey } from '@latchkey/session/fastify';
 * import Fastify from 'fastify';
 * import family from './latchkey.config.ts';
 *
 * const app = Fastify();
 * await app.register(latchkey({ family, app: 'toys' })); // LATCHKEY_APP_KEY holds this app's key
 * app.get('/', async ({ session }) => `Hello ${session.account?.name}`);
 * ```
 */
export function latchkey(options: FamilyAppOptions | ServedApp): FastifyPluginCallback & Closable {
  const app = adapterApp(options);
  return pluginOf(app, app.served !== options);
}

/**
 * The same for an app outside any family. Throws at start; see `createAppOrRouter`.
 *
 * @example
 * ```ts
 * import { sessions } from '@latchkey/session/fastify';
 * import Fastify from 'fastify';
 *
 * const app = Fastify();
 * await app.register(sessions({ origin: 'https://shop.example', store: 'memory:' }));
 * ```
 */
export function sessions(
  options: AppAloneOptions | AppAnyHostOptions,
): FastifyPluginCallback & Closable {
  return pluginOf(adapterApp(createAppOrRouter(options)), true);
}

/** `isOwn`: the served app was made here, and closes with the instance. */
function pluginOf(app: AdapterApp, isOwn: boolean): FastifyPluginCallback & Closable {
  const plugin: FastifyPluginCallback = (instance, _options, done) => {
    instance.decorateRequest('session');
    instance.decorateRequest('latchkeyContext', null);
    // With `done`, not async: what memory answers is handed on in the same turn.
    instance.addHook('onRequest', (request, reply, next) =>
      enterOnNode(app, new FastifyContext(request, reply, next)),
    );
    if (isOwn) instance.addHook('onClose', () => app.served.close());
    done();
  };
  // Without it the hooks would stay inside the plugin's own scope (fastify-plugin does the same).
  return closing(Object.assign(plugin, { [Symbol.for('skip-override')]: true }), app.served);
}

/** `onRequest` hook for routes that need a sign-in: `app.get('/private', { onRequest: requireSignIn() }, handler)`. */
export function requireSignIn(): onRequestHookHandler {
  return async ({ latchkeyContext }, reply) => {
    const refusal = requireContext(latchkeyContext, 'requireSignIn').demandSignIn();
    return refusal === null ? undefined : sendInFastify(refusal, reply);
  };
}

/**
 * `preHandler` hook, for an app or a route, that refuses unsafe requests of other sites with 403, by Fetch Metadata,
 * `Origin`, `Referer`, else by a token of `request.session.csrfToken()` in the header `x-csrf-token` or in the body's field
 * `authenticity_token` or `_csrf`: `app.addHook('preHandler', csrf())`. Throws `option_invalid` at start.
 */
export function csrf(options: CsrfOptions = {}): preHandlerAsyncHookHandler {
  const guard = createCsrfGuard(options);
  return async function latchkeyCsrf({ latchkeyContext, body }, reply) {
    const refusal = requireContext(latchkeyContext, 'csrf').refuseUnsafe(guard, body);
    return refusal === null ? undefined : sendInFastify(refusal, reply);
  };
}

/** Serves a web handler as a plugin that answers every path below its prefix. `origin` is what URLs are built on. */
export function mount(
  handler: (request: Request) => Response | Promise<Response>,
  origin: string,
): FastifyPluginCallback {
  return (app, _options, done) => {
    // The handler reads the body itself.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    const serve: RouteHandlerMethod = async (request, reply) =>
      sendInFastify(await answerBy(handler, origin, request.raw), reply);
    // The prefix itself, and what is below it.
    for (const path of ['/', '/*']) app.all(path, serve);
    done();
  };
}
