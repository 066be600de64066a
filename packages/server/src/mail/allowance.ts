import type { Transaction } from 'kysely';
import type { Database } from '../database/schema.ts';

/** Mails that one address gets of those that are counted together, within any hour. */
export const mailsPerHour = 5;
const windowMilliseconds = 3_600_000;

/**
 * Takes leave for one more mail to an address, in the transaction that writes it. Exact whatever runs at the same time: the row is
 * locked until the transaction ends, and one that is rolled back took nothing. Counts any hour, not each full one.
 */
export async function takeAllowance(
  transaction: Transaction<Database>,
  recipient: string,
  { kind, now }: { readonly kind: string; readonly now: number },
): Promise<boolean> {
  const { sent_at: text } = await transaction
    .insertInto('mail_allowances')
    .values({ recipient, kind, sent_at: '[]', forget_at: now + windowMilliseconds })
    // Changes nothing, and locks the row.
    .onConflict((conflict) =>
      conflict.columns(['recipient', 'kind']).doUpdateSet((eb) => ({
        sent_at: eb.ref('mail_allowances.sent_at'),
      })),
    )
    .returning('sent_at')
    .executeTakeFirstOrThrow();
  // An instant ahead of now comes from a clock that ran ahead: it counts for no longer than an hour of that clock.
  const within = (JSON.parse(text) as readonly number[]).filter(
    (at) => Math.abs(now - at) < windowMilliseconds,
  );
  if (within.length >= mailsPerHour) return false;
  await transaction
    .updateTable('mail_allowances')
    .set({ sent_at: JSON.stringify([...within, now]), forget_at: now + windowMilliseconds })
    .where('recipient', '=', recipient)
    .where('kind', '=', kind)
    .execute();
  return true;
}
