import { type Expression, type Kysely, type SqlBool, sql } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { WorkTable } from '../database/tables/work.ts';
import { furthestAhead } from './growing-delay.ts';

/** A row that a worker has claimed. */
export interface ClaimedRow {
  readonly id: string;
  /** The claim holds until then; also tells this claim from a later one. */
  readonly leasedUntil: number;
}

/** How a try ended, and when. */
export interface Outcome {
  readonly result: string;
  readonly now: number;
}

/** The claims on the rows of one table, and what becomes of a row. */
export interface Claims<Row extends WorkTable> {
  /**
   * Claims the rows that a query finds due: one statement, so no two workers get the same. `due` gives ids, as many as are
   * wanted, and asks {@link isFree}.
   */
  take(
    due: Expression<string>,
    claim: { readonly now: number; readonly leasedUntil: number; readonly worker: string },
  ): Promise<readonly Row[]>;
  /** Gives back the claims of workers of which `isDead` is certain: nobody else would before they run out. */
  freeDead(isDead: (worker: string) => boolean): Promise<void>;
  /** Done: that holds whoever has the claim by now. */
  settle(id: string, outcome: Outcome): Promise<void>;
  /** Gives up. Does nothing when the claim ran out and another worker has it. */
  giveUp(row: ClaimedRow, outcome: Outcome): Promise<void>;
  /** Gives the claim back for another try at `at`. Does nothing when another worker has it. */
  planAgain(row: ClaimedRow, result: string, at: number): Promise<void>;
}

/** Nobody has the row: its lease ran out, or is further ahead than any that we write and comes from a clock that ran ahead. */
export function isFree(now: number): Expression<SqlBool> {
  const lease = sql.ref('leased_until');
  return sql<SqlBool>`(${lease} <= ${now} or ${lease} > ${now + furthestAhead})`;
}

/** `whenSettled`: columns that are of no use any more then. */
export function createClaims<Row extends WorkTable>(
  database: Kysely<Database>,
  table: 'notices' | 'mails',
  whenSettled: Partial<Row> = {},
): Claims<Row> {
  // Whatever the table: the statements name the columns of `WorkTable` alone.
  const db = database as unknown as WorkDatabase;
  const work = table as 'work';
  const settled = { ...whenSettled, leased_until: 0 };
  const waiting = (id: string) =>
    db.updateTable(work).where('id', '=', id).where('state', '=', 'waiting');
  return {
    async take(due, { now, leasedUntil, worker }) {
      const rows = await db
        .updateTable(work)
        .set((eb) => ({
          leased_until: leasedUntil,
          claimed_by: worker,
          attempts: eb('attempts', '+', 1),
        }))
        .where('id', 'in', due)
        // Postgres looks at a row again that another claimed meanwhile, but does not ask the inner query again.
        .where('state', '=', 'waiting')
        .where(isFree(now))
        .returningAll()
        .execute();
      return rows as Row[];
    },
    freeDead: (isDead) => freeDead(db, work, isDead),
    async settle(id, { result, now }) {
      const done = {
        ...settled,
        state: 'delivered',
        last_result: result,
        settled_at: now,
      } as const;
      await waiting(id).set(done).execute();
    },
    async giveUp({ id, leasedUntil }, { result, now }) {
      const dead = { ...settled, state: 'dead', last_result: result, settled_at: now } as const;
      await waiting(id).set(dead).where('leased_until', '=', leasedUntil).execute();
    },
    async planAgain({ id, leasedUntil }, result, at) {
      const planned = { last_result: result, next_attempt_at: at, leased_until: 0 };
      await waiting(id).set(planned).where('leased_until', '=', leasedUntil).execute();
    },
  };
}

type WorkDatabase = Kysely<{ work: WorkTable }>;

async function freeDead(
  db: WorkDatabase,
  work: 'work',
  isDead: (worker: string) => boolean,
): Promise<void> {
  const rows = await db
    .selectFrom(work)
    .select('claimed_by')
    .distinct()
    .where('state', '=', 'waiting')
    .where('leased_until', '>', 0)
    .execute();
  const dead = rows.flatMap(({ claimed_by: worker }) =>
    worker !== null && isDead(worker) ? [worker] : [],
  );
  if (dead.length === 0) return;
  await db
    .updateTable(work)
    .set({ leased_until: 0 })
    .where('state', '=', 'waiting')
    .where('claimed_by', 'in', dead)
    .execute();
}
