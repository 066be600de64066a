import type { Transaction } from 'kysely';
import type { Database } from '../database/schema.ts';

/**
 * Takes everything personal from an account that is being deleted, in the same transaction: its row stays without name,
 * address, password and language, so that its id is never given twice and its address is free. Browser and place of its
 * sign-ins, its groups, its part as an approver, what it asked for, in its own words, and invitations and links of before,
 * which would open something to its address afterwards, go too. Mails under way keep their
 * address until they are settled; what was decided about others keeps its id.
 */
export async function erasePerson(transaction: Transaction<Database>, id: string): Promise<void> {
  const { email_key: address } = await transaction
    .selectFrom('accounts')
    .select('email_key')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  await transaction.deleteFrom('invitations').where('email_key', '=', address).execute();
  await transaction.deleteFrom('one_time_links').where('subject', 'in', [id, address]).execute();
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
