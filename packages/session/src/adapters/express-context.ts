import type { Request as ExpressRequest, Response as ExpressResponse, NextFunction } from 'express';
import { PlainNodeContext } from './node-context.ts';

/** A request in Express. */
export class ExpressContext extends PlainNodeContext {
  readonly #next: NextFunction;

  constructor(request: ExpressRequest, response: ExpressResponse, next: NextFunction) {
    super(request, response);
    this.#next = next;
  }

  proceed(): void {
    const next = this.#next;
    next();
  }

  fail(error: unknown): void {
    const next = this.#next;
    next(error);
  }
}
