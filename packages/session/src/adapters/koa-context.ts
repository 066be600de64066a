import type { ParameterizedContext } from 'koa';
import type { SessionObject } from '../session-object/session-object.ts';
import { NodeContext } from './node-context.ts';
import { nodeBody } from './node-web.ts';

type AnyContext = ParameterizedContext<object, object>;

/**
 * A request in Koa. Saves when the headers of the Node response are about to leave: after all middleware, for error pages of
 * Koa's too (it takes every header away first), and for answers that the app sends itself under `ctx.respond = false`.
 */
export class KoaContext extends NodeContext {
  readonly #ctx: AnyContext;

  constructor(ctx: AnyContext) {
    super(ctx.req, ctx.res);
    this.#ctx = ctx;
  }

  /** Mounting shortens `url`; the person must come back to the whole path, and tokens of forms are made for it. */
  override get target(): string {
    return this.#ctx.originalUrl;
  }

  override attach(session: SessionObject): void {
    super.attach(session);
    this.#ctx.session = session;
    this.#ctx.latchkeyContext = this;
  }

  send(response: Response): void {
    answerInKoa(response, this.#ctx);
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
export function answerInKoa(response: Response, ctx: AnyContext): void {
  const { headers } = response;
  ctx.body = nodeBody(response);
  ctx.status = response.status;
  ctx.remove('content-type');
  headers.forEach((value, name) => {
    if (name !== 'set-cookie') ctx.set(name, value);
  });
  for (const line of headers.getSetCookie()) ctx.append('set-cookie', line);
}
