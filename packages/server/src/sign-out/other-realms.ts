import type { SessionStore } from '@latchkey/session';
import type { Realms, Slot } from '@latchkey/session/parts';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** How many of the sign-ins made last are looked at. */
const lookedAt = 20;
/** More than an account has. */
const maxListed = 200;

/** Live sign-ins that were looked at, and how many of them were made in no realm that the family names. */
export interface OtherRealms {
  readonly live: number;
  readonly foreign: number;
}

/**
 * Whether sign-ins that both SQL and the store know are in the lists of the family's realms. One that is in none was made
 * under another origin of the login host: no app opens its sessions any more.
 */
export async function countOtherRealms(
  db: Kysely<Database>,
  store: SessionStore,
  { present, former }: Realms,
): Promise<OtherRealms> {
  const rows = await db
    .selectFrom('sign_ins')
    .select(['slot', 'account_id'])
    .where('ended_at', 'is', null)
    .orderBy('created_at', 'desc')
    .limit(lookedAt)
    .execute();
  let [live, foreign] = [0, 0];
  for (const { slot, account_id: accountId } of rows) {
    if ((await store.readSignIn(slot as Slot)) === null) continue;
    live += 1;
    const lists = await Promise.all(
      [present, ...former].map((realm) => store.listSignIns(realm, accountId, maxListed)),
    );
    if (!lists.flat().some((listed) => listed.slot === slot)) foreign += 1;
  }
  return { live, foreign };
}
