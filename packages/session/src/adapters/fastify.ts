import { Readable } from 'node:stream';
import type {
  FastifyPluginCallback,
  FastifyReply,
  FastifyRequest,
  onRequestHookHandler,
} from 'fastify';
import { type AppAloneOptions, createAppAlone } from '../app-alone.ts';
import { hasCode } from '../errors.ts';
import type { FamilyAppOptions } from '../family/family-app.ts';
import type { Entrance, OpenSession } from '../http-exchange.ts';
import type { Session } from '../session/session.ts';
import { holdResponse } from './hold-response.ts';
import { entranceOf } from './node-door.ts';
import { badRequest, pathOf, toWebRequest } from './node-web.ts';

interface OpenedRequest {
  readonly entrance: Entrance;
  readonly opened: OpenSession;
  /** Saving failed and the answer says so: it is not tried again when the headers leave. */
  isOutage: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Made by `latchkey(...)` or `sessions(...)`. */
    session: Session;
    /** For Latchkey. @internal */
    latchkeyOpened: OpenedRequest | null;
  }
}

/**
 * Fastify 5 plugin: makes `request.session` and serves Latchkey's own routes. `app.register(latchkey({ family, app }))`
 * covers the instance it is registered on. Takes a family app or a ready entrance. Throws at start; see `createFamilyApp`.
 */
export function latchkey(options: FamilyAppOptions | Entrance): FastifyPluginCallback {
  const entrance = entranceOf(options);
  const plugin: FastifyPluginCallback = (app, _options, done) => {
    app.decorateRequest('session');
    app.decorateRequest('latchkeyOpened', null);
    app.addHook('onRequest', (request, reply) => enterFastify(entrance, request, reply));
    app.addHook('onSend', (request, reply, payload) => saveBeforeSend(request, reply, payload));
    done();
  };
  // Without it the hooks would stay inside the plugin's own scope (fastify-plugin does the same).
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}

/** The same for an app outside any family. Throws at start; see `createAppAlone`. */
export function sessions(options: AppAloneOptions): FastifyPluginCallback {
  return latchkey(createAppAlone(options));
}

/** `onRequest` hook for routes that need a sign-in: `app.get('/private', { onRequest: requireSignIn() }, handler)`. */
export function requireSignIn(): onRequestHookHandler {
  return async (request, reply) => {
    const { latchkeyOpened } = request;
    if (latchkeyOpened === null)
      throw new Error('requireSignIn() needs latchkey() registered first.');
    const { method, headers, url } = request;
    const demand = { method, path: url, cookieHeader: headers.cookie, accept: headers.accept };
    const { entrance, opened } = latchkeyOpened;
    const refusal = entrance.demandSignIn(demand, opened.session);
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
    app.all('/*', async (request, reply) => {
      const web = toWebRequest(request.raw, origin);
      return sendInFastify(web === null ? badRequest() : await handler(web), reply);
    });
    done();
  };
}

async function enterFastify(
  entrance: Entrance,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  if (!entrance.acceptsHost(request.headers.host))
    return sendInFastify(entrance.wrongHost(), reply);
  try {
    const opened = await entrance.open(request.headers.cookie);
    request.session = opened.session;
    request.latchkeyOpened = { entrance, opened, isOutage: false };
    opened.session.onTouched(() => holdRaw(request, reply));
    if (!entrance.owns(pathOf(request.url))) return undefined;
    const web = toWebRequest(request.raw, entrance.origin);
    const own = web === null ? badRequest() : await entrance.respond(web, opened);
    return sendInFastify(own, reply);
  } catch (error) {
    if (!hasCode(error, 'store_unavailable')) throw error;
    return sendInFastify(entrance.unavailable(error), reply);
  }
}

/** For answers that Fastify does not send: `reply.hijack()` and `reply.raw`. Those it sends are saved before. */
function holdRaw(request: FastifyRequest, reply: FastifyReply): void {
  const { latchkeyOpened } = request;
  if (latchkeyOpened === null) return;
  const { entrance, opened } = latchkeyOpened;
  holdResponse(reply.raw, {
    commit: () => (latchkeyOpened.isOutage ? [] : opened.commit()),
    outage: (error) => (hasCode(error, 'store_unavailable') ? entrance.unavailable(error) : null),
    fail: (error) => {
      request.log.error(error);
      reply.raw.destroy();
    },
  });
}

/** Saves before the headers leave; a store that fails makes the answer a 503. */
async function saveBeforeSend(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  const { latchkeyOpened } = request;
  if (latchkeyOpened === null || latchkeyOpened.isOutage) return payload;
  const { entrance, opened } = latchkeyOpened;
  try {
    for (const line of await opened.commit()) reply.header('set-cookie', line);
    return payload;
  } catch (error) {
    if (!hasCode(error, 'store_unavailable')) throw error;
    latchkeyOpened.isOutage = true;
    // What the app's stream reads from must be let go.
    if (payload instanceof Readable) payload.destroy();
    for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
    const page = entrance.unavailable(error);
    reply.code(page.status);
    copyHeaders(page, reply);
    return page.text();
  }
}

function copyHeaders(response: Response, reply: FastifyReply): void {
  response.headers.forEach((value, name) => {
    if (name !== 'set-cookie') reply.header(name, value);
  });
  for (const line of response.headers.getSetCookie()) reply.header('set-cookie', line);
}

function sendInFastify(response: Response, reply: FastifyReply): FastifyReply {
  reply.code(response.status);
  copyHeaders(response, reply);
  const { body } = response;
  return reply.send(
    body === null ? '' : Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]),
  );
}
