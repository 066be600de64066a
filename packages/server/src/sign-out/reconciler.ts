import { hasCode, type LatchkeyEvent, type SessionStore } from '@latchkey/session';
import type { RealmKey, Realms, Slot } from '@latchkey/session/parts';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { signInEndsAt } from '../database/sign-in-ends-at.ts';
import type { Swept } from '../database/sweep.ts';
import { createEndingAssertions } from './assert-endings.ts';
import { createClockWatch } from './clock-watch.ts';
import type { SignInEndings } from './end-sign-in.ts';
import { findIdBySlot } from './find-by-slot.ts';
import { inBatches } from './in-batches.ts';
import { createRounds } from './rounds.ts';

/**
 * Makes SQL and the session store agree again, whatever was cut short: finishes endings that the store has not confirmed,
 * takes over endings that apps wrote down while the login host was away, asserts older endings in a store that may have
 * lost them, ends in SQL what idled or aged out in the store, and now and then deletes what is long over.
 */
export interface Reconciler {
  /** One round. Never rejects: what fails is told as an event and tried again in the next round. */
  reconcileOnce(): Promise<ReconcileResult>;
  /** Begins with a round at once; the next follows an interval after the one before ended. */
  start(): void;
  /** No further round. Waits up to a second for one under way; what it says after that is nobody's any more. */
  stop(): Promise<void>;
}

/** What a round did; with `failed`, the steps after the one that failed did not take place. */
export interface ReconcileResult {
  readonly kind: 'done' | 'failed';
  /** Endings asserted in the store again, after a start or since it may have lost them. */
  readonly asserted: number;
  /** Endings that the store confirmed at last. */
  readonly enforced: number;
  /** Endings that apps had written down. */
  readonly reported: number;
  /** Sign-ins found idled or aged out. */
  readonly expired: number;
  /** Rows deleted that protect nothing any more. */
  readonly swept: number;
}

export interface ReconcilerDeps {
  readonly db: Kysely<Database>;
  readonly store: SessionStore;
  readonly realm: Realms;
  readonly endings: Pick<SignInEndings, 'endInDatabase' | 'enforce'>;
  /** Brings access changes into the store that were cut short (`Access.applyMissed`). */
  readonly applyMissedAccess: () => Promise<unknown>;
  /** Deletes what protects nothing any more (`packages/server/src/database/sweep.ts`). */
  readonly sweep: () => Promise<Swept>;
  readonly now: () => number;
  /** Milliseconds of a clock that nobody sets. Default `performance.now`. */
  readonly monotonic?: () => number;
  readonly onEvent: (event: LatchkeyEvent) => void;
  /** Default 2,000. */
  readonly intervalMilliseconds?: number;
}

/** A sign-in this young may still be on its way into the store. */
const graceMilliseconds = 60_000;
/** Live sign-ins compared with the store in one round. */
const comparedPerRound = 200;
const batchSize = 100;
/** Between two sweeps, unless one left something over. */
const sweepIntervalMilliseconds = 60_000;
/** Then the other steps have their turn. */
const maxReportBatches = 100;

type Counts = { -readonly [Step in keyof Omit<ReconcileResult, 'kind'>]: number };

export function createReconciler(deps: ReconcilerDeps): Reconciler {
  const { intervalMilliseconds = 2000, monotonic = () => performance.now() } = deps;
  const progress = { comparedUpTo: '', sweptAt: Number.NEGATIVE_INFINITY };
  const assertions = createEndingAssertions(deps);
  const watch = createClockWatch({ now: deps.now, storeNow: () => deps.store.now(), monotonic });
  let wasSteady = true;
  async function reconcileOnce(): Promise<ReconcileResult> {
    const counts: Counts = { asserted: 0, enforced: 0, reported: 0, expired: 0, swept: 0 };
    try {
      // What somebody waits for comes first: thousands of older endings must not keep it back, nor starve it where the
      // process ends again and again.
      counts.enforced = await finishEndings(deps);
      counts.reported = await takeReports(deps);
      await deps.applyMissedAccess();
      counts.asserted = await assertions.assertSome();
      if (!isSteady()) return { kind: 'done', ...counts };
      counts.expired = await endAged(deps);
      const compared = await endAbsent(deps, progress.comparedUpTo);
      progress.comparedUpTo = compared.upTo;
      counts.expired += compared.ended;
      counts.swept = await sweepWhenDue();
      return { kind: 'done', ...counts };
    } catch (cause) {
      const reason = hasCode(cause, 'store_unavailable') ? 'store-unavailable' : 'database';
      if (!rounds.isStopped()) deps.onEvent({ type: 'reconciler.failed', reason, cause });
      return { kind: 'failed', ...counts };
    }
  }

  /** What follows cannot be taken back, and waits until the clock can be believed. */
  function isSteady(): boolean {
    const steady = watch.isSteady();
    if (!steady && wasSteady) deps.onEvent({ type: 'reconciler.clock-doubted' });
    wasSteady = steady;
    return steady;
  }

  /** Last of all: it is the only step that nobody waits for. */
  async function sweepWhenDue(): Promise<number> {
    const at = deps.now();
    // A clock that was set back must not put it off for as long.
    if (Math.abs(at - progress.sweptAt) < sweepIntervalMilliseconds) return 0;
    const { rows, isDone } = await deps.sweep();
    if (isDone) progress.sweptAt = at;
    return rows;
  }

  const rounds = createRounds(reconcileOnce, intervalMilliseconds);
  return { reconcileOnce, start: rounds.start, stop: rounds.stop };
}

async function finishEndings(deps: ReconcilerDeps): Promise<number> {
  const rows = await deps.db
    .selectFrom('sign_ins')
    .select('id')
    .where('ended_at', 'is not', null)
    .where('enforced_at', 'is', null)
    .execute();
  await deps.endings.enforce(rows.map((row) => row.id));
  return rows.length;
}

/** Also of a former realm, to which an app reports whose config is not of today yet. */
async function takeReports(deps: ReconcilerDeps): Promise<number> {
  let taken = 0;
  for (const realm of [deps.realm.present, ...deps.realm.former]) {
    taken += await takeReportsOf(deps, realm);
  }
  return taken;
}

async function takeReportsOf(deps: ReconcilerDeps, realm: RealmKey): Promise<number> {
  let taken = 0;
  for (let batch = 0; batch < maxReportBatches; batch += 1) {
    const reports = await deps.store.readReports(realm, batchSize);
    await inBatches(reports, async ({ slot, cause }) => {
      const signInId = await findIdBySlot(deps.db, slot);
      if (signInId === null) deps.onEvent({ type: 'reconciler.report-unknown' });
      else await deps.endings.endInDatabase({ signInId, cause });
    });
    // Only now: a crash before repeats endings, which is harmless.
    const ids = reports.map((report) => report.id);
    await deps.store.dropReports(realm, ids);
    taken += reports.length;
    if (reports.length < batchSize) break;
  }
  return taken;
}

/** Sign-ins that are too old by SQL's own count. */
async function endAged(deps: ReconcilerDeps): Promise<number> {
  const rows = await deps.db
    .selectFrom('sign_ins')
    .select('id')
    .where('ended_at', 'is', null)
    .where(signInEndsAt, '<=', deps.now())
    .limit(batchSize)
    .execute();
  await inBatches(rows, ({ id }) =>
    deps.endings.endInDatabase({ signInId: id, cause: 'absolute' }),
  );
  return rows.length;
}

/** Sign-ins that the store does not know any more, which means they ended there: one stretch of ids per round. */
async function endAbsent(
  deps: ReconcilerDeps,
  after: string,
): Promise<{ readonly ended: number; readonly upTo: string }> {
  const rows = await deps.db
    .selectFrom('sign_ins')
    .select(['id', 'slot'])
    .where('ended_at', 'is', null)
    .where('created_at', '<=', deps.now() - graceMilliseconds)
    .where('id', '>', after)
    .orderBy('id')
    .limit(comparedPerRound)
    .execute();
  let ended = 0;
  await inBatches(rows, async ({ id, slot }) => {
    if ((await deps.store.readSignIn(slot as Slot)) !== null) return;
    await deps.endings.endInDatabase({ signInId: id, cause: 'idle' });
    ended += 1;
  });
  const last = rows.length < comparedPerRound ? undefined : rows.at(-1);
  return { ended, upTo: last?.id ?? '' };
}
