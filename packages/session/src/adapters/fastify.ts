import { Readable } from 'node:stream';
import type {
  FastifyPluginCallback,
  FastifyReply,
  FastifyRequest,
  onRequestHookHandler,
  preHandlerAsyncHookHandler,
} from 'fastify';
import type { AppAloneOptions } from '../app-alone.ts';
import { type AppAnyHostOptions, createAppDoor, entranceAt } from '../app-any-host.ts';
import { type CsrfOptions, createCsrfGuard, refusalOf } from '../csrf-guard.ts';
import { hasCode } from '../errors.ts';
import type { FamilyAppOptions } from '../family/family-app.ts';
import { refusalPage } from '../family/refusal-page.ts';
import type { Door, Entrance, OpenSession } from '../http-exchange.ts';
import type { Session } from '../session/session.ts';
import { holdResponse } from './hold-response.ts';
import { guardedRequest } from './node-csrf.ts';
import { connectionOf, type Gate, gateOf, invitedRequestOf } from './node-door.ts';
import { badRequest, pathOf, toWebRequest } from './node-web.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Made by `latchkey(...)` or `sessions(...)`. */
    session: Session;
    /** For Latchkey. @internal */
    latchkeyOpened: { readonly entrance: Entrance; readonly opened: OpenSession } | null;
  }
}

/**
 * Fastify 5 plugin: makes `request.session` and serves Latchkey's own routes. `app.register(latchkey({ family, app }))`
 * covers the instance it is registered on. Takes a family app or a ready entrance. Throws at start; see `createFamilyApp`.
 */
export function latchkey(options: FamilyAppOptions | Door): FastifyPluginCallback {
  const gate = gateOf(options);
  const plugin: FastifyPluginCallback = (app, _options, done) => {
    app.decorateRequest('session');
    app.decorateRequest('latchkeyOpened', null);
    app.addHook('onRequest', (request, reply) => enterFastify(gate, request, reply));
    done();
  };
  // Without it the hooks would stay inside the plugin's own scope (fastify-plugin does the same).
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}

/** The same for an app outside any family. Throws at start; see `createAppDoor`. */
export function sessions(options: AppAloneOptions | AppAnyHostOptions): FastifyPluginCallback {
  return latchkey(createAppDoor(options));
}

/** `onRequest` hook for routes that need a sign-in: `app.get('/private', { onRequest: requireSignIn() }, handler)`. */
export function requireSignIn(): onRequestHookHandler {
  return async (request, reply) => {
    // Not even null where latchkey() was never registered.
    const latchkeyOpened = request.latchkeyOpened ?? null;
    if (latchkeyOpened === null) {
      throw new Error('requireSignIn() needs latchkey() registered first.');
    }
    const { method, headers, url } = request;
    const demand = { method, path: url, cookieHeader: headers.cookie, accept: headers.accept };
    const { entrance, opened } = latchkeyOpened;
    const refusal = entrance.demandSignIn(demand, opened.session);
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
  return async function latchkeyCsrf(request, reply) {
    const latchkeyOpened = request.latchkeyOpened ?? null;
    if (latchkeyOpened === null) throw new Error('csrf() needs latchkey() registered first.');
    const { raw, originalUrl, session, body } = request;
    const visit = { entrance: latchkeyOpened.entrance, session };
    const asked = guardedRequest(raw, originalUrl);
    const refusal = refusalOf(guard, { ...visit, request: asked }, body);
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
    const serve = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const web = toWebRequest(request.raw, origin);
      return sendInFastify(web === null ? badRequest() : await handler(web), reply);
    };
    // The prefix itself, and what is below it.
    for (const path of ['/', '/*']) app.all(path, serve);
    done();
  };
}

async function enterFastify(
  { door, work }: Gate,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const entrance = entranceAt(door, () => connectionOf(request.raw));
  if (entrance === null) return sendInFastify(refusalPage('wrong-host'), reply);
  if (!entrance.acceptsHost(request.headers.host)) {
    return sendInFastify(entrance.wrongHost(), reply);
  }
  try {
    const opened = await entrance.open(request.headers.cookie);
    request.session = opened.session;
    request.latchkeyOpened = { entrance, opened };
    opened.session.attach({
      touched: () => hold(entrance, opened, request, reply),
      watched: (release) => void reply.raw.once('close', release),
    });
    if (!entrance.owns(pathOf(request.url))) {
      const invited = { ...invitedRequestOf(request.raw), path: request.originalUrl };
      const hop = entrance.takeInvitation?.(invited, opened.session) ?? null;
      if (hop !== null) return sendInFastify(hop, reply);
      work.note(request.raw, reply.raw, opened.session);
      return undefined;
    }
    const web = toWebRequest(request.raw, entrance.origin);
    const own = web === null ? badRequest() : await entrance.respond(web, opened);
    return sendInFastify(own, reply);
  } catch (error) {
    if (!hasCode(error, 'store_unavailable')) throw error;
    return sendInFastify(entrance.unavailable(error), reply);
  }
}

/**
 * Saves when the headers of the raw response are about to leave, not in an `onSend` hook: that would miss what an app sends
 * by `reply.hijack()`, and waiting there breaks handlers that call `reply.send` without returning it.
 */
function hold(
  entrance: Entrance,
  opened: OpenSession,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  holdResponse(reply.raw, {
    commit: () => opened.commit(),
    redirectTo: (location) => opened.session.redirectTo(location),
    outage: (error) => (hasCode(error, 'store_unavailable') ? entrance.unavailable(error) : null),
    fail(error) {
      if (!reply.sent) {
        reply.send(error);
        return;
      }
      request.log.error(error);
      reply.raw.statusCode = 500;
      reply.raw.end();
    },
  });
}

/** `reply.send(response)` would do, were it not for HEAD: Fastify's own HEAD routes know no web response. */
function sendInFastify(response: Response, reply: FastifyReply): FastifyReply {
  reply.code(response.status);
  response.headers.forEach((value, name) => {
    if (name !== 'set-cookie') reply.header(name, value);
  });
  for (const line of response.headers.getSetCookie()) reply.header('set-cookie', line);
  const { body } = response;
  return reply.send(
    body === null ? '' : Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]),
  );
}
