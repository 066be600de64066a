import type { Transaction } from 'kysely';
import type { Database } from '../database/schema.ts';

/**
 * Takes everything personal from an account that is being deleted, in the same transaction: its row stays without name,
 * address, password and language, so that its id is never given twice and its address is free. Browser and place of its
 * sign-ins, its groups, its part as an approver and what it asked for, in its own words, go too. Mails under way keep their
 * address until they are settled; what was decided about others keeps its id.
 */
export async function erasePerson(transaction: Transaction<Database>, id: string): Promise<void> {
  await transaction
    .updateTable('accounts')
    .set({
      email: '',
      email_key: `deleted:${id}`,
      name: '',
      password_hash: null,
      administrator: 0,
      locale: null,
      email_confirmed_at: null,
    })
    .where('id', '=', id)
    .execute();
  await transaction
    .updateTable('sign_ins')
    .set({ device: '', place: '' })
    .where('account_id', '=', id)
    .execute();
  for (const table of ['access_requests', 'approvers', 'group_members'] as const) {
    await transaction.deleteFrom(table).where('account_id', '=', id).execute();
  }
}
