import { LatchkeyError } from '../errors.ts';

/** The one error with which a store rejects. `message` names the store and what to look at, never a key or password. */
export function storeUnavailable(message: string, cause: unknown): LatchkeyError {
  return new LatchkeyError('store_unavailable', message, { cause });
}
