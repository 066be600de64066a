import { Readable } from 'node:stream';
import type { Middleware, ParameterizedContext } from 'koa';
import { refusalPage } from '../answers/refusal-page.ts';
import type { AppAloneOptions } from '../app/app-alone.ts';
import { type AppAnyHostOptions, createAppOrRouter, handlerAt } from '../app/app-any-host.ts';
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

declare module 'koa' {
  interface ExtendableContext {
    /** Made by `latchkey(...)` or `sessions(...)`. */
    session: Session;
    /** For Latchkey. @internal */
    latchkeyOpened?: { readonly handler: AppHandler; readonly opened: OpenSession };
  }
}

/** Middleware that asks nothing of an app's own state and context types. */
type AnyMiddleware = Middleware<object, object>;
type AnyContext = ParameterizedContext<object, object>;

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
  const gate = gateOf(options);
  const middleware: AnyMiddleware = async function latchkeySession(ctx, next) {
    const own = await enterKoa(gate, ctx);
    if (own === null) await next();
    else answer(own, ctx);
  };
  return closing(middleware, gate.served);
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
    const { latchkeyOpened, method, headers } = ctx;
    if (latchkeyOpened === undefined) {
      throw new Error('requireSignIn() stands before latchkey(): put latchkey(...) first.');
    }
    // Mounting shortens `url`; the person must come back to the whole path.
    const path = ctx.originalUrl;
    const { handler, opened } = latchkeyOpened;
    const refusal = handler.demandSignIn({ method, path, headers }, opened.session);
    if (refusal !== null) return answer(refusal, ctx);
    makePrivateByDefault(fieldsOf(ctx.res));
    await next();
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
    const { latchkeyOpened, session, req } = ctx;
    if (latchkeyOpened === undefined) {
      throw new Error('csrf() stands before latchkey(): put latchkey(...) first.');
    }
    const { handler } = latchkeyOpened;
    // Mounting shortens `url`; tokens of forms are made for the whole path.
    const visit = { handler, session, request: guardedRequest(req, ctx.originalUrl) };
    const { body } = ctx.request as { readonly body?: unknown };
    const refusal = refusalOf(guard, visit, body);
    if (refusal === null) await next();
    else answer(refusal, ctx);
  };
}

/** Serves a web handler as a Koa middleware. `origin` is what request URLs are built on. */
export function mount(
  handler: (request: Request) => Response | Promise<Response>,
  origin: string,
): AnyMiddleware {
  return async function latchkeyMount(ctx) {
    const web = toWebRequest(ctx.req, origin);
    answer(web === null ? badRequest() : await handler(web), ctx);
  };
}

/** Opens the session. Null when the request is the app's; else what to answer instead. */
async function enterKoa({ served, work }: Gate, ctx: AnyContext): Promise<Response | null> {
  const { req } = ctx;
  const handler = handlerAt(served, () => connectionOf(req));
  if (handler === null) return refusalPage('wrong-host');
  if (!handler.acceptsHost(hostOf(req))) return handler.wrongHost(hostOf(req));
  try {
    const opened = await handler.open(req.headers.cookie);
    const { session } = opened;
    ctx.session = session;
    ctx.latchkeyOpened = { handler, opened };
    session.attach(new Visit(handler, opened, ctx));
    if (!handler.owns(pathOf(ctx.url))) {
      const hop = invitedHop(handler, req, ctx.originalUrl, session);
      if (hop === null) work.note(req, ctx.res, session);
      return hop;
    }
    const web = toWebRequest(req, handler.origin);
    return web === null ? badRequest() : await handler.respond(web, opened);
  } catch (error) {
    if (!hasCode(error, 'store_unavailable')) throw error;
    return handler.unavailable(error);
  }
}

/**
 * One request with its answer. Saves when the headers of the Node response are about to leave: after all middleware, for error
 * pages of Koa's too (it takes every header away first), and for answers that the app sends itself under
 * `ctx.respond = false`.
 */
class Visit implements SessionCarrier, HoldOptions {
  readonly #handler: AppHandler;
  readonly #opened: OpenSession;
  readonly #ctx: AnyContext;
  readonly #hold: ResponseHold;

  constructor(handler: AppHandler, opened: OpenSession, ctx: AnyContext) {
    this.#handler = handler;
    this.#opened = opened;
    this.#ctx = ctx;
    this.#hold = hookResponse(ctx.res, this);
  }

  touched(): void {
    this.#hold.require();
  }

  watched(release: () => void): void {
    whenAnswered(this.#ctx.req, this.#ctx.res, release);
  }

  commit(head: AnswerHead): MaybePromise<readonly string[]> {
    return this.#opened.commit(head);
  }

  redirectTo(location: string): string {
    return this.#opened.session.redirectTo(location);
  }

  outage(error: unknown): Response | null {
    return hasCode(error, 'store_unavailable') ? this.#handler.unavailable(error) : null;
  }

  fail(error: unknown): void {
    const ctx = this.#ctx;
    const isTooLate = ctx.headerSent;
    // All middleware is through by now: only Koa's own error handler is left to tell. It leaves begun answers open.
    ctx.onerror(error as Error);
    if (isTooLate) ctx.res.destroy();
  }
}

/**
 * Body first, as setting it changes status and headers. Giving Koa the web response itself would not do: it makes one
 * line of several `Set-Cookie`.
 */
function answer(response: Response, ctx: AnyContext): void {
  const { body, headers } = response;
  ctx.body =
    body === null ? null : Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
  ctx.status = response.status;
  ctx.remove('content-type');
  headers.forEach((value, name) => {
    if (name !== 'set-cookie') ctx.set(name, value);
  });
  for (const line of headers.getSetCookie()) ctx.append('set-cookie', line);
}
