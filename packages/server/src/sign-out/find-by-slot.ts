import type { Slot } from '@latchkey/session/parts';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** The id of the sign-in that is or was kept at a slot, or null. Ended ones too: their ending may not be enforced yet. */
export async function findIdBySlot(db: Kysely<Database>, slot: Slot): Promise<string | null> {
  const row = await db
    .selectFrom('sign_ins')
    .select('id')
    .where('slot', '=', slot)
    .executeTakeFirst();
  return row?.id ?? null;
}
