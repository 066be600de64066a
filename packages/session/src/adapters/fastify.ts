import { Readable } from 'node:stream';
import type {
  FastifyPluginCallback,
  FastifyReply,
  FastifyRequest,
  onRequestHookHandler,
  preHandlerAsyncHookHandler,
} from 'fastify';
import { refusalPage } from '../answers/refusal-page.ts';
import type { AppAloneOptions } from '../app/app-alone.ts';
import { type AppAnyHostOptions, createAppOrRouter } from '../app/app-any-host.ts';
import type { FamilyAppOptions } from '../app/family-app.ts';
import { type CsrfOptions, createCsrfGuard, refusalOf } from '../csrf-guard.ts';
import { hasCode } from '../errors.ts';
import { makePrivateByDefault } from '../http/cache-fields.ts';
import {
  type AnswerHead,
  type AppHandler,
  type Closable,
  closing,
  type OpenSession,
  type ServedApp,
} from '../http/http-exchange.ts';
import { fieldsOf } from '../http/response-head.ts';
import type { MaybePromise } from '../platform.ts';
import type { Session, SessionCarrier } from '../session-object/session.ts';
import { whenAnswered } from './answer-end.ts';
import { type HoldOptions, hookResponse, type ResponseHold } from './hold-response.ts';
import { guardedRequest } from './node-csrf.ts';
import { connectionOf, type Gate, gateOf, hostOf, invitedHop } from './node-door.ts';
import { badRequest, pathOf, toWebRequest } from './node-web.ts';
import type { OpenWork } from './open-work.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Made by `latchkey(...)` or `sessions(...)`. */
    session: Session;
    /** For Latchkey. @internal */
    latchkeyOpened: Opened | null;
  }
}

interface Opened {
  readonly handler: AppHandler;
  readonly opened: OpenSession;
}

type Next = (error?: Error) => void;

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
  const gate = gateOf(options);
  return pluginOf(gate, gate.served !== options);
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
  return pluginOf(gateOf(createAppOrRouter(options)), true);
}

/** `isOwn`: the served app was made here, and closes with the instance. */
function pluginOf(gate: Gate, isOwn: boolean): FastifyPluginCallback & Closable {
  const plugin: FastifyPluginCallback = (app, _options, done) => {
    app.decorateRequest('session');
    app.decorateRequest('latchkeyOpened', null);
    // With `done`, not async: what memory answers is handed on in the same turn.
    app.addHook('onRequest', (request, reply, next) => enterFastify(gate, request, reply, next));
    if (isOwn) app.addHook('onClose', () => gate.served.close());
    done();
  };
  // Without it the hooks would stay inside the plugin's own scope (fastify-plugin does the same).
  return closing(Object.assign(plugin, { [Symbol.for('skip-override')]: true }), gate.served);
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
    const { handler, opened } = latchkeyOpened;
    const refusal = handler.demandSignIn({ method, path: url, headers }, opened.session);
    if (refusal !== null) return sendInFastify(refusal, reply);
    // On the raw response: Fastify's own headers go over it, and an app that hijacks the reply has it as well.
    makePrivateByDefault(fieldsOf(reply.raw));
    return undefined;
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
    const visit = { handler: latchkeyOpened.handler, session };
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

/** The way of a request in Fastify. `next` is called once, unless the request was answered here. */
function enterFastify(
  { served, work }: Gate,
  request: FastifyRequest,
  reply: FastifyReply,
  next: Next,
): void {
  const handler = 'at' in served ? served.at(connectionOf(request.raw)) : served;
  if (handler === null) {
    sendInFastify(refusalPage('wrong-host'), reply);
    return;
  }
  if (!handler.acceptsHost(hostOf(request.raw))) {
    sendInFastify(handler.wrongHost(hostOf(request.raw)), reply);
    return;
  }
  const visit = new Visit(handler, work, request, reply);
  let opened: MaybePromise<OpenSession>;
  try {
    opened = handler.open(request.headers.cookie);
  } catch (error) {
    visit.failed(error, next);
    return;
  }
  if (!(opened instanceof Promise)) visit.go(opened, next);
  else opened.then((late) => visit.go(late, next)).catch((error) => visit.failed(error, next));
}

/** One request with its reply, from entry to end. One object for all that may be asked of it: most is not. */
class Visit implements Opened, SessionCarrier, HoldOptions {
  readonly handler: AppHandler;
  readonly #work: OpenWork;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  #opened: OpenSession | null = null;
  #hold: ResponseHold | null = null;

  constructor(handler: AppHandler, work: OpenWork, request: FastifyRequest, reply: FastifyReply) {
    this.handler = handler;
    this.#work = work;
    this.#request = request;
    this.#reply = reply;
  }

  get opened(): OpenSession {
    if (this.#opened === null) throw new Error('The session of this request is not open yet.');
    return this.#opened;
  }

  /** The session is open: Latchkey's own routes, then the app. */
  go(opened: OpenSession, next: Next): void {
    const request = this.#request;
    const { session } = opened;
    this.#opened = opened;
    this.#hold = hookResponse(this.#reply.raw, this);
    request.session = session;
    request.latchkeyOpened = this;
    session.attach(this);
    if (this.handler.owns(pathOf(request.url))) {
      this.#serveOwnRoute(opened).catch((error) => this.failed(error, next));
      return;
    }
    const hop = invitedHop(this.handler, request.raw, request.originalUrl, session);
    if (hop !== null) {
      sendInFastify(hop, this.#reply);
      return;
    }
    this.#work.note(request.raw, this.#reply.raw, session);
    next();
  }

  failed(error: unknown, next: Next): void {
    const page = this.outage(error);
    if (page === null) next(error as Error);
    else sendInFastify(page, this.#reply);
  }

  /**
   * Saves when the headers of the raw response are about to leave, not in an `onSend` hook: that would miss what an app sends
   * by `reply.hijack()`, and waiting there breaks handlers that call `reply.send` without returning it.
   */
  touched(): void {
    this.#hold?.require();
  }

  watched(release: () => void): void {
    whenAnswered(this.#request.raw, this.#reply.raw, release);
  }

  commit(head: AnswerHead): MaybePromise<readonly string[]> {
    return this.opened.commit(head);
  }

  redirectTo(location: string): string {
    return this.opened.session.redirectTo(location);
  }

  outage(error: unknown): Response | null {
    return hasCode(error, 'store_unavailable') ? this.handler.unavailable(error) : null;
  }

  fail(error: unknown): void {
    const reply = this.#reply;
    if (!reply.sent) {
      reply.send(error);
      return;
    }
    this.#request.log.error(error);
    reply.raw.statusCode = 500;
    reply.raw.end();
  }

  async #serveOwnRoute(opened: OpenSession): Promise<void> {
    const web = toWebRequest(this.#request.raw, this.handler.origin);
    const own = web === null ? badRequest() : await this.handler.respond(web, opened);
    sendInFastify(own, this.#reply);
  }
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
