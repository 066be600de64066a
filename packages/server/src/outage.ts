import { hasCode, type LatchkeyEvent } from '@latchkey/session';
import type { ServerErrorCode } from './errors.ts';

/** The event of what was out of reach for a moment; null for every other error. Then the answer is a 503 with `Retry-After`. */
export function outageOf(cause: unknown): LatchkeyEvent | null {
  if (hasCode(cause, 'store_unavailable')) return { type: 'store.unavailable', cause };
  if (hasCode<ServerErrorCode>(cause, 'database_unavailable'))
    return { type: 'database.unavailable', cause };
  return null;
}
