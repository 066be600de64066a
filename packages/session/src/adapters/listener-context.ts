import type { IncomingMessage, ServerResponse } from 'node:http';
import { type NodeRequest, PlainNodeContext, type SessionListener } from './node-context.ts';
import { failPlainly } from './node-web.ts';

/** A request to a listener of node:http. */
export class ListenerContext extends PlainNodeContext {
  readonly #listener: SessionListener;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse, listener: SessionListener) {
    super(incoming, outgoing);
    this.#listener = listener;
  }

  proceed(): void {
    const listener = this.#listener;
    const done = listener(this.incoming as NodeRequest, this.outgoing);
    if (done instanceof Promise) done.catch(failPlainly(this.outgoing));
  }

  fail(error: unknown): void {
    failPlainly(this.outgoing)(error);
  }
}
