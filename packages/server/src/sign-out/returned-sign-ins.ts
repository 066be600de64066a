import type { SessionStore } from '@latchkey/session';
import type { EndCause, Realms, Slot } from '@latchkey/session/parts';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { inBatches } from './in-batches.ts';

/** What ending them needs. */
export interface ReturnedSignInsDeps {
  readonly db: Kysely<Database>;
  readonly store: SessionStore;
  /** Sign-ins of former realms are listed as well. */
  readonly realm: Realms;
}

/** Sign-ins of one account that are read from the store's index: far more than an account may have. */
const listedAtMost = 1000;

/**
 * Ends what the store lists of an account although SQL knows no live sign-in there: a store that came back from an older
 * copy of its data has them again. With the cause that SQL has, else with `cause`. A sign-in that is just beginning is
 * in SQL before it is in the store.
 */
export async function endReturned(
  { db, store, realm }: ReturnedSignInsDeps,
  accountId: string,
  cause: EndCause,
): Promise<void> {
  const lists = await Promise.all(
    [realm.present, ...realm.former].map((one) => store.listSignIns(one, accountId, listedAtMost)),
  );
  const slots = lists.flat().map(({ slot }) => slot);
  if (slots.length === 0) return;
  const rows = await db
    .selectFrom('sign_ins')
    .select(['slot', 'ended_at', 'end_cause'])
    .where('slot', 'in', slots)
    .execute();
  const known = new Map(rows.map((row) => [row.slot as Slot, row]));
  const returned = slots.filter((slot) => known.get(slot)?.ended_at !== null);
  await inBatches(returned, (slot) =>
    store.endSignIn(slot, known.get(slot)?.end_cause ?? cause, {
      realm: realm.present,
    }),
  );
}
