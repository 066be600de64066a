import { LatchkeyError } from '../errors.ts';

/**
 * The one error with which a store rejects. `message` names the store and what to look at, never a key or password. Where an
 * app lets it through, error handlers of Express, Fastify and Koa answer with the status and headers that it has.
 */
export function storeUnavailable(message: string, cause: unknown): LatchkeyError {
  const error = new LatchkeyError('store_unavailable', message, { cause });
  return Object.assign(error, { status: 503, statusCode: 503, headers: { 'retry-after': '2' } });
}
