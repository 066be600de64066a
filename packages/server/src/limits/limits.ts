// Owns how often something may be tried: counts in SQL, exact for any number of processes and for tries at the same
// moment, with waits that grow. What a kind of try may do is in `policies.ts`; what is counted, and what a person is
// told, is left to who asks: `packages/server/src/sign-in/limiter.ts` for passwords.

import { createHmac } from 'node:crypto';
import type { Family } from '@latchkey/session';
import { type Expression, type Kysely, sql } from 'kysely';
import type { Database } from '../database/schema.ts';
import { createSealKeys } from '../family-keys.ts';
import { type LimitKind, type LimitPolicy, limitPolicies } from './policies.ts';

/** What is tried: its kind, and whose tries count together (an address, a client network, an account). */
export interface LimitedTry {
  readonly kind: LimitKind;
  /** Any text, of any length; only a keyed hash of it is stored. Not normalised: that is the caller's. */
  readonly key: string;
}

/** A try that is counted from now on. */
export interface TakenTry {
  readonly kind: 'taken';
  /** It does not count after all: neither it nor the wait after it. Once; again does nothing. Nothing either once its window is over. */
  readonly giveBack: () => Promise<void>;
}

/** Not allowed now, and not counted. */
export interface RefusedTry {
  readonly kind: 'refused';
  /** Whole seconds, at least 1, until a try is allowed, if nobody else tries first. */
  readonly retryAfterSeconds: number;
}

export interface Limits {
  /**
   * Takes leave for one try, before it begins. It counts from then on, so tries of one moment count exactly; a process
   * that dies meanwhile leaves it counted. One statement. Rejects with `database_unavailable`.
   */
  take(limited: LimitedTry): Promise<TakenTry | RefusedTry>;
  /** Forgets all tries so far. */
  clear(limited: LimitedTry): Promise<void>;
}

export interface LimitsDeps {
  readonly db: Kysely<Database>;
  /** Its newest secret keys the hashes: with another one all counts start anew. */
  readonly family: Pick<Family, 'secrets' | 'realm'>;
  readonly now: () => number;
}

/**
 * In `opens_at`: no wait. Not the moment of the try, which may be later than that of the next: statements overtake each other, and
 * clocks of several login hosts differ.
 */
const openNow = 0;

/** A try as it was counted. */
interface Counted {
  readonly name: string;
  readonly taken: number;
  readonly began_at: number;
  readonly opens_at: number;
}

export function createLimits({ db, family, now }: LimitsDeps): Limits {
  const [key = refuseNoSecret()] = createSealKeys(family, 'limits');
  const nameOf = ({ kind, key: whose }: LimitedTry): string =>
    createHmac('sha256', key).update(`${kind}\n${whose}`).digest('base64url').slice(0, 22);
  return {
    async take(limited) {
      const policy = limitPolicies[limited.kind];
      const name = nameOf(limited);
      const counted = await count(db, { name, policy, at: now() });
      if (counted === undefined) return refusal(db, name, now());
      let isGivenBack = false;
      const giveBack = async (): Promise<void> => {
        if (isGivenBack) return;
        isGivenBack = true;
        await uncount(db, { counted, policy });
      };
      return { kind: 'taken', giveBack };
    },
    async clear(limited) {
      await db.deleteFrom('limits').where('name', '=', nameOf(limited)).execute();
    },
  };
}

/** One upsert whose condition is the limit: whoever comes second sees what the first has counted. Undefined: refused. */
async function count(
  db: Kysely<Database>,
  {
    name,
    policy,
    at,
  }: { readonly name: string; readonly policy: LimitPolicy; readonly at: number },
): Promise<Counted | undefined> {
  const endsAt = at + policy.windowSeconds * 1000;
  const isOver = sql<boolean>`limits.forget_at <= excluded.began_at`;
  const next = sql<number>`(limits.taken + 1)`;
  const anewOr = (goOn: Expression<number>, anew: Expression<number>) =>
    sql<number>`case when ${isOver} then ${anew} else ${goOn} end`;
  return db
    .insertInto('limits')
    .values({ name, taken: 1, began_at: at, opens_at: openNow, forget_at: endsAt })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({
          taken: anewOr(next, sql`1`),
          began_at: anewOr(sql`limits.began_at`, sql`excluded.began_at`),
          opens_at: anewOr(opensAfter(policy, next), sql`excluded.opens_at`),
          forget_at: anewOr(
            sql`limits.forget_at + ${lengthening(policy, next)}`,
            sql`excluded.forget_at`,
          ),
        })
        .where(sql<boolean>`${isOver} or limits.opens_at <= excluded.began_at`),
    )
    .returning(['name', 'taken', 'began_at', 'opens_at'])
    .executeTakeFirst();
}

/** Takes back what {@link count} wrote, if the window is still that one. The wait is over where no later try made another. */
async function uncount(
  db: Kysely<Database>,
  { counted, policy }: { readonly counted: Counted; readonly policy: LimitPolicy },
): Promise<void> {
  const { name, taken, began_at, opens_at } = counted;
  const isFree = sql<boolean>`taken <= ${sql.lit(policy.free)}`;
  await db
    .updateTable('limits')
    .set({
      taken: sql`taken - 1`,
      opens_at: sql`case when ${isFree} or opens_at = ${opens_at} then ${sql.lit(openNow)} else opens_at end`,
      // The last one leaves nothing to remember.
      forget_at: sql`case when taken = 1 then ${sql.lit(openNow)} else forget_at - ${lengthening(policy, sql.lit(taken))} end`,
    })
    .where('name', '=', name)
    .where('began_at', '=', began_at)
    .where('taken', '>', 0)
    .execute();
}

/** Of a row whose try number `n` has just been taken, with at least one before it. */
function opensAfter(policy: LimitPolicy, n: Expression<number>): Expression<number> {
  const free = sql.lit(policy.free);
  if (policy.waitSeconds.length === 0) {
    return sql`case when ${n} < ${free} then ${sql.lit(openNow)} else limits.forget_at end`;
  }
  return sql`case when ${n} < ${free} then ${sql.lit(openNow)} else excluded.began_at + ${afterTry(policy, n, (wait) => wait)} end`;
}

/** By how many milliseconds try number `n` moves the end of the window. */
function lengthening(policy: LimitPolicy, n: Expression<number>): Expression<number> {
  return afterTry(policy, n, (wait) => wait + (policy.penaltySeconds ?? 0));
}

/** 0 after a free try, else what its wait gives, in milliseconds. */
function afterTry(
  { free, waitSeconds }: LimitPolicy,
  n: Expression<number>,
  secondsOf: (wait: number) => number,
): Expression<number> {
  const steps = waitSeconds.map(
    (wait, step) =>
      sql`when ${n} = ${sql.lit(free + step)} then ${sql.lit(secondsOf(wait) * 1000)}`,
  );
  const last = waitSeconds.at(-1);
  const rest = last === undefined ? 0 : secondsOf(last) * 1000;
  return sql`case when ${n} < ${sql.lit(free)} then 0 ${sql.join(steps, sql` `)} else ${sql.lit(rest)} end`;
}

async function refusal(db: Kysely<Database>, name: string, at: number): Promise<RefusedTry> {
  const row = await db
    .selectFrom('limits')
    .select(['opens_at', 'forget_at'])
    .where('name', '=', name)
    .executeTakeFirst();
  const opensAt = row === undefined ? at : Math.min(row.opens_at, row.forget_at);
  return { kind: 'refused', retryAfterSeconds: Math.max(1, Math.ceil((opensAt - at) / 1000)) };
}

function refuseNoSecret(): never {
  throw new Error('The login host has at least one secret.');
}
