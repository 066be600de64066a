import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { wasRefused } from './was-refused.ts';

/** After so many refusals in a row an app gets one notice at a time, until it takes one. */
const patience = 10;
/** Milliseconds between two such notices. */
const probeIntervalMilliseconds = 600_000;

/**
 * How many notices may go to an app now: `limit`, or 1, which is then the only one for ten minutes, or 0. Several workers that
 * ask at once get one probe between them.
 */
export async function roomAtReceiver(
  db: Kysely<Database>,
  { app, limit, now }: { readonly app: string; readonly limit: number; readonly now: number },
): Promise<number> {
  const row = await db
    .selectFrom('receivers')
    .selectAll()
    .where('app', '=', app)
    .executeTakeFirst();
  if (row === undefined || row.refusals < patience || limit === 0) return limit;
  const { numUpdatedRows } = await db
    .updateTable('receivers')
    .set({ probe_at: now + probeIntervalMilliseconds })
    .where('app', '=', app)
    // An instant further ahead comes from a clock that ran ahead.
    .where((eb) =>
      eb.or([eb('probe_at', '<=', now), eb('probe_at', '>', now + probeIntervalMilliseconds)]),
    )
    .executeTakeFirst();
  return Number(numUpdatedRows) === 0 ? 0 : 1;
}

/** The app refused a notice. */
export async function noteRefusal(db: Kysely<Database>, app: string): Promise<void> {
  await db
    .insertInto('receivers')
    .values({ app, refusals: 1, probe_at: 0 })
    .onConflict((conflict) =>
      conflict.column('app').doUpdateSet((eb) => ({ refusals: eb('receivers.refusals', '+', 1) })),
    )
    .execute();
}

/** The app took a notice: those that it refused before are due immediately. Gives whether it had refused any. */
export async function noteAcceptance(
  db: Kysely<Database>,
  app: string,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('receivers')
    .set({ refusals: 0, probe_at: 0 })
    .where('app', '=', app)
    .where('refusals', '>', 0)
    .executeTakeFirst();
  if (Number(numUpdatedRows) === 0) return false;
  await db
    .updateTable('notices')
    .set({ next_attempt_at: now })
    .where('app', '=', app)
    .where('state', '=', 'waiting')
    .where(wasRefused)
    .execute();
  return true;
}
