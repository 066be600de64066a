import type { Transaction } from 'kysely';
import { createRowId } from '../database/row-id.ts';
import type { Database } from '../database/schema.ts';
import type { NoticeCause } from '../database/tables/notices.ts';
import type { JoinedAppTable } from '../database/tables/sign-ins.ts';

/** Why an app is told: its sign-in ended, or the account may no longer enter this one app. */

/** Which notices to write down. */
export interface NewNotices {
  readonly signInId: string;
  readonly accountId: string;
  readonly cause: NoticeCause;
  readonly at: number;
  /** Apps that take no notices (`backChannelLogout: false`); default none. */
  readonly silentApps?: ReadonlySet<string> | undefined;
  readonly randomBytes: (size: number) => Buffer;
}

/**
 * Writes one notice for each relying party (reach `oidc`) that joined the sign-in, in the transaction that is the
 * reason for them: from its commit on no crash can lose them. Gives how many.
 */
export async function writeNotices(
  transaction: Transaction<Database>,
  notices: NewNotices,
): Promise<number> {
  const joined = await transaction
    .selectFrom('joined_apps')
    .select(['app', 'sid', 'reach'])
    .where('sign_in_id', '=', notices.signInId)
    .execute();
  return writeNoticesTo(transaction, joined, notices);
}

/** The same for some of the apps that joined, or had. */
export async function writeNoticesTo(
  transaction: Transaction<Database>,
  joined: readonly Pick<JoinedAppTable, 'app' | 'sid' | 'reach'>[],
  notices: NewNotices,
): Promise<number> {
  const rows = joined.flatMap(({ app, sid, reach }) =>
    reach !== 'oidc' || sid === null || notices.silentApps?.has(app)
      ? []
      : [noticeRow(notices, app, sid)],
  );
  if (rows.length > 0) await transaction.insertInto('notices').values(rows).execute();
  return rows.length;
}

function noticeRow(notices: NewNotices, app: string, sid: string) {
  return {
    id: createRowId(notices.randomBytes),
    sign_in_id: notices.signInId,
    app,
    sid,
    account_id: notices.accountId,
    cause: notices.cause,
    state: 'waiting' as const,
    attempts: 0,
    next_attempt_at: notices.at,
    leased_until: 0,
    claimed_by: null,
    last_result: null,
    created_at: notices.at,
    settled_at: null,
  };
}
