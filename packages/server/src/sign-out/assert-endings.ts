import type { SessionStore } from '@latchkey/session';
import { type EndCause, type Realms, type Slot, tombstoneSeconds } from '@latchkey/session/parts';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { inBatches } from './in-batches.ts';

/**
 * Asserts endings that the store confirmed once in the store again, after a start and whenever it may have come back with
 * older data than it had: a restart without its last moments, a snapshot, a failover to a replica that lagged.
 */
export interface EndingAssertions {
  /** One stretch of the work, if there is any. Gives how many endings were asserted. Rejects with `store_unavailable`. */
  assertSome(): Promise<number>;
}

export interface EndingAssertionsDeps {
  readonly db: Kysely<Database>;
  readonly store: SessionStore;
  readonly realm: Realms;
  readonly now: () => number;
}

/** Rows looked at in one round: other work has its turn in between. */
const rowsPerRound = 5_000;

interface Progress {
  /** What answered when this walk began. */
  readonly incarnation: string;
  /** The row that the walk has reached, newest first; null: it is at its begin. */
  last: { readonly endedAt: number; readonly id: string } | null;
  isDone: boolean;
}

export function createEndingAssertions(deps: EndingAssertionsDeps): EndingAssertions {
  let progress: Progress | null = null;
  return {
    async assertSome() {
      const incarnation = await deps.store.incarnation();
      if (progress === null || progress.incarnation !== incarnation) {
        progress = { incarnation, last: null, isDone: false };
      }
      if (progress.isDone) return 0;
      const rows = await nextRows(deps, progress);
      const youngest = deps.now() - tombstoneSeconds * 1000;
      let asserted = 0;
      await inBatches(rows, async ({ slot, ended_at: endedAt, end_cause: cause }) => {
        // Writes may still be under way that only a tombstone stops; what ended before cannot be made again any more, and
        // is looked for: to end what is not there would wait out a lease for nothing.
        const isYoung = endedAt > youngest;
        if (!isYoung && (await deps.store.readSignIn(slot as Slot)) === null) return;
        const realm = deps.realm.present;
        await deps.store.endSignIn(slot as Slot, cause as EndCause, { realm });
        asserted += 1;
      });
      const reached = rows.at(-1);
      if (reached !== undefined) progress.last = { endedAt: reached.ended_at, id: reached.id };
      progress.isDone = rows.length < rowsPerRound;
      return asserted;
    },
  };
}

/** Ended sign-ins that the store has confirmed, the last one first: as long as a store might still have them. */
async function nextRows({ db }: EndingAssertionsDeps, { last }: Progress) {
  let query = db
    .selectFrom('sign_ins')
    .select(['id', 'slot', 'end_cause', (eb) => eb.ref('ended_at').$notNull().as('ended_at')])
    .where('ended_at', 'is not', null)
    .where('enforced_at', 'is not', null);
  if (last !== null) {
    query = query.where((eb) =>
      eb.or([
        eb('ended_at', '<', last.endedAt),
        eb.and([eb('ended_at', '=', last.endedAt), eb('id', '<', last.id)]),
      ]),
    );
  }
  return query.orderBy('ended_at', 'desc').orderBy('id', 'desc').limit(rowsPerRound).execute();
}
