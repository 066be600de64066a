import type { Transaction } from 'kysely';
import { createRowId } from '../database/row-id.ts';
import type { Database } from '../database/schema.ts';
import type { RequestsDeps } from './access-request.ts';

/** A request that waits; false where one for the app waits already, of which nothing is changed. */
export async function writeRequest(
  { now, randomBytes }: Pick<RequestsDeps, 'now' | 'randomBytes'>,
  transaction: Transaction<Database>,
  asking: { readonly accountId: string; readonly app: string; readonly reason: string },
): Promise<boolean> {
  const row = await transaction
    .insertInto('access_requests')
    .values({
      id: createRowId(randomBytes),
      account_id: asking.accountId,
      app: asking.app,
      reason: asking.reason,
      state: 'waiting',
      requested_at: now(),
      decided_at: null,
      decided_by: null,
      decision_reason: null,
    })
    // Of two clicks the second changes nothing.
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}
