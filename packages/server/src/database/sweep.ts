import { tombstoneSeconds } from '@latchkey/session/parts';
import { type Expression, type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import { lockedUnlessTaken } from './row-locks.ts';
import type { Database } from './schema.ts';

/** How long what is over stays for the person's history, for late notices and for whoever looks into a complaint. */
export const keptMilliseconds: number = 30 * 86_400_000;

/** How long a link that ran out is still told from one that never was. */
const overdueMilliseconds = 7 * 86_400_000;

/** What one pass did. */
export interface Swept {
  /** Rows deleted. */
  readonly rows: number;
  /** False when a pass stopped with more to do. */
  readonly isDone: boolean;
}

/** What the sweep needs. */
export interface SweepDeps {
  readonly db: Kysely<Database>;
  readonly now: () => number;
}

/** Rows that one statement deletes at most: nobody waits long for the table. */
const batchRows = 200;
/** Batches of one kind in a pass; then the reconciler's other work has its turn. */
const batchesPerPass = 50;

/**
 * Deletes what protects nothing any more, in small batches, each of them whole: codes, tokens and pushed requests of the
 * provider that ran out; notices and mails settled {@link keptMilliseconds} ago; sign-ins past their `forget_at` with the apps
 * that joined them; counts of tries whose window is over, links that ran out a week ago, invitations that ran out
 * {@link keptMilliseconds} ago, and counts of mails that count no more. May be cut short anywhere and repeated, by several at once.
 */
export async function sweep({ db, now }: SweepDeps): Promise<Swept> {
  const at = now();
  const kinds = [
    () => sweepRecords(db, at),
    () => sweepNotices(db, at - keptMilliseconds),
    () => sweepSignIns(db, at),
    () => sweepLimits(db, at),
    () => sweepLinks(db, at - overdueMilliseconds),
    () => sweepInvitations(db, at - keptMilliseconds),
    () => sweepMails(db, at - keptMilliseconds),
    () => sweepAllowances(db, at),
  ];
  let rows = 0;
  let isDone = true;
  for (const kind of kinds) {
    const swept = await inBatches(kind);
    rows += swept.rows;
    isDone &&= swept.isDone;
  }
  return { rows, isDone };
}

/**
 * From when on the row of a sign-in that ends at `endedAt` may go, as SQL: kept for a while, and not before it would have
 * ended by its age. Up to then a session store restored from a backup may still have it, and SQL must know that it ended.
 */
export function forgetAt(endedAt: number): Expression<number> {
  const kept = endedAt + keptMilliseconds;
  const aged = sql<number>`created_at + absolute_seconds * 1000 + ${tombstoneSeconds * 1000}`;
  return sql<number>`case when ${aged} > ${kept} then ${aged} else ${kept} end`;
}

async function inBatches(sweepBatch: () => Promise<number>): Promise<Swept> {
  let rows = 0;
  for (let batch = 0; batch < batchesPerPass; batch += 1) {
    const deleted = await sweepBatch();
    rows += deleted;
    if (deleted < batchRows) return { rows, isDone: true };
  }
  return { rows, isDone: false };
}

async function sweepRecords(db: Kysely<Database>, at: number): Promise<number> {
  const old = db
    .selectFrom('oidc_records')
    .select(['kind', 'id_hash'])
    .where('expires_at', '<=', at)
    .limit(batchRows);
  const { numDeletedRows } = await db
    .with('old', () => lockedUnlessTaken(db, old))
    .deleteFrom('oidc_records')
    .where((eb) =>
      eb(
        eb.refTuple('kind', 'id_hash'),
        'in',
        eb.selectFrom('old').select(['kind', 'id_hash']).$asTuple('kind', 'id_hash'),
      ),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

async function sweepNotices(db: Kysely<Database>, settledBy: number): Promise<number> {
  const old = db
    .selectFrom('notices')
    .select('id')
    .where('settled_at', '<=', settledBy)
    .where('state', '!=', 'waiting')
    .limit(batchRows);
  const { numDeletedRows } = await db
    .with('old', () => lockedUnlessTaken(db, old))
    .deleteFrom('notices')
    .where('id', 'in', (eb) => eb.selectFrom('old').select('id'))
    .executeTakeFirst();
  return Number(numDeletedRows);
}

async function sweepLimits(db: Kysely<Database>, at: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('limits')
    .where('name', 'in', (eb) =>
      eb.selectFrom('limits').select('name').where('forget_at', '<=', at).limit(batchRows),
    )
    // Another may have failed meanwhile.
    .where('forget_at', '<=', at)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

async function sweepLinks(db: Kysely<Database>, expiredBy: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('one_time_links')
    .where('token_hash', 'in', (eb) =>
      eb
        .selectFrom('one_time_links')
        .select('token_hash')
        .where('expires_at', '<=', expiredBy)
        .limit(batchRows),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

async function sweepInvitations(db: Kysely<Database>, expiredBy: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('invitations')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('invitations')
        .select('id')
        .where('expires_at', '<=', expiredBy)
        .limit(batchRows),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

async function sweepMails(db: Kysely<Database>, settledBy: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('mails')
    .where('id', 'in', (eb) =>
      eb.selectFrom('mails').select('id').where('settled_at', '<=', settledBy).limit(batchRows),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

async function sweepAllowances(db: Kysely<Database>, at: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('mail_allowances')
    .where((eb) =>
      eb(
        eb.refTuple('recipient', 'kind'),
        'in',
        eb
          .selectFrom('mail_allowances')
          .select(['recipient', 'kind'])
          .where('forget_at', '<=', at)
          .limit(batchRows)
          .$asTuple('recipient', 'kind'),
      ),
    )
    // Another may have taken leave meanwhile.
    .where('forget_at', '<=', at)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** The row goes last, in one transaction with what belongs to it. Gives how many sign-ins went. */
function sweepSignIns(db: Kysely<Database>, at: number): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    const forgettable = transaction
      .selectFrom('sign_ins')
      .select('id')
      .where((eb) => isForgettable(eb, at))
      .limit(batchRows);
    const found = await lockedUnlessTaken(transaction, forgettable).execute();
    const ids = found.map((row) => row.id);
    if (ids.length === 0) return 0;
    await transaction.deleteFrom('joined_apps').where('sign_in_id', 'in', ids).execute();
    await transaction.deleteFrom('sign_ins').where('id', 'in', ids).execute();
    return ids.length;
  });
}

/**
 * The store confirmed the ending longer ago than its tombstone lasts, every notice was settled and has had its time, and
 * nothing of the provider names it.
 */
function isForgettable(eb: ExpressionBuilder<Database, 'sign_ins'>, at: number) {
  const noneIn = (table: 'notices' | 'oidc_records'): Expression<SqlBool> =>
    eb.not(
      eb.exists(
        eb
          .selectFrom(table)
          .select(sql.lit(1).as('one'))
          .whereRef(`${table}.sign_in_id`, '=', 'sign_ins.id'),
      ),
    );
  return eb.and([
    eb('sign_ins.forget_at', '<=', at),
    eb('sign_ins.enforced_at', '<=', at - tombstoneSeconds * 1000),
    noneIn('notices'),
    noneIn('oidc_records'),
  ]);
}
