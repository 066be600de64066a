import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SessionObject } from '../session-object/session-object.ts';
import { NodeContext } from './node-context.ts';
import { nodeBody } from './node-web.ts';

/**
 * A request in Fastify. Saves when the headers of the raw response are about to leave, not in an `onSend` hook: that would miss
 * what an app sends by `reply.hijack()`, and waiting there breaks handlers that call `reply.send` without returning it.
 */
export class FastifyContext extends NodeContext {
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  readonly #next: () => void;

  constructor(request: FastifyRequest, reply: FastifyReply, next: () => void) {
    super(request.raw, reply.raw);
    this.#next = next;
    this.#request = request;
    this.#reply = reply;
  }

  override attach(session: SessionObject): void {
    super.attach(session);
    this.#request.session = session;
    this.#request.latchkeyContext = this;
  }

  proceed(): void {
    const next = this.#next;
    next();
  }

  send(response: Response): void {
    sendInFastify(response, this.#reply);
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
}

/** `reply.send(response)` would do, were it not for HEAD: Fastify's own HEAD routes know no web response. */
export function sendInFastify(response: Response, reply: FastifyReply): FastifyReply {
  reply.code(response.status);
  response.headers.forEach((value, name) => {
    if (name !== 'set-cookie') reply.header(name, value);
  });
  for (const line of response.headers.getSetCookie()) reply.header('set-cookie', line);
  return reply.send(nodeBody(response) ?? '');
}
