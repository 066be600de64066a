import type { NoticeResult } from '@latchkey/session/parts';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { NoticeState } from '../database/tables/notices.ts';

/** The notices of one app that it has not acknowledged, by what the last try gave. */
export interface UndeliveredNotices {
  readonly app: string;
  readonly state: Exclude<NoticeState, 'delivered'>;
  /** A named reason, or null before the first try. */
  readonly lastResult: NoticeResult | null;
  readonly count: number;
  /** Milliseconds since 1970, of the one that was written first. */
  readonly oldest: number;
}

/** By app; at most a few rows for each. */
export async function undeliveredNotices(
  db: Kysely<Database>,
): Promise<readonly UndeliveredNotices[]> {
  const rows = await db
    .selectFrom('notices')
    .select(['app', 'state', 'last_result'])
    .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.min('created_at').as('oldest')])
    .where('state', '!=', 'delivered')
    .groupBy(['app', 'state', 'last_result'])
    .orderBy('app')
    .orderBy('state', 'desc')
    .execute();
  return rows.map((row) => ({
    app: row.app,
    state: row.state === 'dead' ? 'dead' : 'waiting',
    lastResult: row.last_result,
    count: Number(row.count),
    oldest: Number(row.oldest),
  }));
}
