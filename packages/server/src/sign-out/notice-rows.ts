import { type ExpressionBuilder, type Kysely, sql } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { NoticeCause, NoticeTable } from '../database/tables/notices.ts';
import { type Claims, createClaims, isFree } from '../outbox/claims.ts';
import { furthestAhead } from '../outbox/growing-delay.ts';
import { furthestAfterRefusal } from './retry-schedule.ts';
import { wasRefused } from './was-refused.ts';

/** One notice that a worker has claimed. */
export interface ClaimedNotice {
  readonly id: string;
  readonly signInId: string;
  readonly app: string;
  /** The `sid` by which the app knows the sign-in. */
  readonly sid: string;
  readonly accountId: string;
  readonly cause: NoticeCause;
  /** Tries so far, this one included. */
  readonly attempts: number;
  readonly createdAt: number;
  /** The claim holds until then; also tells this claim from a later one. */
  readonly leasedUntil: number;
}

/** The apps that have notices due. */
export async function appsWithDueNotices(
  db: Kysely<Database>,
  now: number,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('notices')
    .select('app')
    .distinct()
    .where((eb) => isDue(eb, now))
    .execute();
  return rows.map((row) => row.app);
}

/** Claims up to `limit` due notices of one app until `leasedUntil`: one statement, so no two workers get the same. */
export async function claimNotices(
  db: Kysely<Database>,
  claim: {
    readonly app: string;
    readonly limit: number;
    readonly now: number;
    readonly leasedUntil: number;
    readonly worker: string;
  },
): Promise<readonly ClaimedNotice[]> {
  const due = db
    .selectFrom('notices')
    .select('id')
    .where('app', '=', claim.app)
    .where((eb) => isDue(eb, claim.now))
    .orderBy('next_attempt_at')
    .limit(claim.limit)
    .$asScalar();
  return (await noticeClaims(db).take(due, claim)).map(toClaimed);
}

/** Who has which notice, and what becomes of one. */
export function noticeClaims(db: Kysely<Database>): Claims<NoticeTable> {
  return createClaims<NoticeTable>(db, 'notices');
}

/** Notices that waited for the configuration are due: it may have changed with the start of this process. */
export async function wakeBlocked(db: Kysely<Database>, now: number): Promise<void> {
  await db
    .updateTable('notices')
    .set({ next_attempt_at: now })
    .where('state', '=', 'waiting')
    .where('last_result', '=', 'address-refused')
    .execute();
}

/**
 * The sign-in is ended before the first app hears of it, so a notice waits until the store confirmed the ending; the
 * sign-in of a withdrawn access goes on. Instants beyond any that we write come from a clock that ran ahead: due. Only what was
 * refused, and written by now, is planned for hours ahead.
 */
function isDue(eb: ExpressionBuilder<Database, 'notices'>, now: number) {
  const far = now + furthestAhead;
  const hasFarPlan = eb.and([
    eb('created_at', '<=', now),
    wasRefused(eb),
    eb('next_attempt_at', '<=', now + furthestAfterRefusal),
  ]);
  const isEnforced = eb.exists(
    eb
      .selectFrom('sign_ins')
      .select(sql.lit(1).as('one'))
      .whereRef('sign_ins.id', '=', 'notices.sign_in_id')
      .where('sign_ins.enforced_at', 'is not', null),
  );
  return eb.and([
    eb('notices.state', '=', 'waiting'),
    eb.or([
      eb('next_attempt_at', '<=', now),
      eb.and([
        eb('next_attempt_at', '>', far),
        eb.or([eb('last_result', 'is', null), eb.not(hasFarPlan)]),
      ]),
    ]),
    isFree(now),
    eb.or([eb('notices.cause', '=', 'access-withdrawn'), isEnforced]),
  ]);
}

function toClaimed(row: NoticeTable): ClaimedNotice {
  return {
    id: row.id,
    signInId: row.sign_in_id,
    app: row.app,
    sid: row.sid,
    accountId: row.account_id,
    cause: row.cause,
    attempts: row.attempts,
    createdAt: row.created_at,
    leasedUntil: row.leased_until,
  };
}
