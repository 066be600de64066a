import type { NoticeResult } from '@latchkey/session/parts';
import type { Kysely } from 'kysely';
import type { Database } from '../src/database/schema.ts';
import type { NoticeCause, NoticeState } from '../src/database/tables/notices.ts';

/** What became of the notice to one app. */
export interface NoticeStatus {
  readonly app: string;
  readonly cause: NoticeCause;
  readonly state: NoticeState;
  readonly attempts: number;
  /** A named reason, or null before the first try is over. */
  readonly lastResult: NoticeResult | null;
  readonly createdAt: number;
  /** When it was delivered or given up, or null. */
  readonly settledAt: number | null;
}

/** What became of the notices of one sign-in, in order of app. */
export async function noticeStatuses(
  db: Kysely<Database>,
  signInId: string,
): Promise<readonly NoticeStatus[]> {
  const rows = await db
    .selectFrom('notices')
    .selectAll()
    .where('sign_in_id', '=', signInId)
    .orderBy('app')
    .orderBy('created_at')
    .execute();
  return rows.map((row) => ({
    app: row.app,
    cause: row.cause,
    state: row.state,
    attempts: row.attempts,
    lastResult: row.last_result,
    createdAt: row.created_at,
    settledAt: row.settled_at,
  }));
}
