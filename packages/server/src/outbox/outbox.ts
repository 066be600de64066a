// Owns work that must be done although it may fail and processes may end: who looks for it and when, claims that no two
// processes share, how long to wait before the next try. What the work is, and what becomes of it after a try, is left to
// whoever has it: logout notices in `sign-out/`, mails in `mail/`.

import type { LatchkeyEvent } from '@latchkey/session';
import { oneAtATime } from '@latchkey/session/parts';
import { createEarliestTimer } from './earliest-timer.ts';
import { createWorkerName, isDeadWorker } from './worker-name.ts';

/**
 * Does work until it is done or given up. What it knows is in SQL: a crash loses nothing, and several may work on one
 * database. Lanes are independent: one that hangs delays no other.
 */
export interface Outbox {
  /** Takes over what dead processes of this machine had claimed, then looks for due work again and again. */
  start(): void;
  /** Something may be due: look now. Does nothing before `start` and after `stop`. */
  wake(): void;
  /** Tries what is due now, once, and waits for the outcomes. Gives how much was tried. */
  runOnce(): Promise<number>;
  /** Takes no more work, gives tries under way a second, then gives their claims back. Touches nothing afterwards. */
  stop(): Promise<void>;
}

/** The work of one kind: rows of a table. */
export interface Worklist<Row> {
  /** Once, before the first look: takes over the claims of workers of which `isDead` is certain. */
  takeOver(isDead: (worker: string) => boolean): Promise<void>;
  /** The lanes that have work due. */
  lanesDue(now: number): Promise<readonly string[]>;
  /** Claims at most `limit` due rows of a lane until `leasedUntil`; no other worker may get the same. */
  claim(claim: LaneClaim): Promise<readonly Row[]>;
  /** One try of a claimed row and what follows from it in SQL. Gives when to try again, or null. Must not reject. */
  attempt(row: Row, stop: AbortSignal): Promise<number | null>;
}

export interface LaneClaim {
  readonly lane: string;
  readonly limit: number;
  readonly now: number;
  readonly leasedUntil: number;
  readonly worker: string;
}

export interface OutboxOptions<Row> {
  readonly list: Worklist<Row>;
  /** For a whole try, which keeps to it by itself. */
  readonly timeoutMilliseconds: number;
  /** Tries under way in one lane at a time. Default 4. */
  readonly triesPerLane?: number | undefined;
  /** How often to look without being woken. Default 1,000. */
  readonly pollMilliseconds?: number | undefined;
  readonly now: () => number;
  readonly onEvent: (event: LatchkeyEvent) => void;
}

/** How long `stop` waits for tries under way. */
const stopMilliseconds = 1000;
/** Longer than a try can take, so that a claim runs out only when its worker is gone. */
const leaseBeyondTimeoutMilliseconds = 25_000;
/** A timer may ring a moment before the clock says that it is time. */
const timerSlack = 5;

export function createOutbox<Row>(options: OutboxOptions<Row>): Outbox {
  const { list, now, onEvent, pollMilliseconds = 1000 } = options;
  const timer = createEarliestTimer(() => wake());
  const tries = createTries(options, (nextAt) => {
    if (nextAt !== null) timer.ringIn(nextAt - now() + timerSlack);
    // There may have been no room for more in this lane.
    wake();
  });
  const worker = createWorkerName();
  let hasBegun = false;
  const pass = oneAtATime(async () => {
    if (!hasBegun) await list.takeOver((name) => isDeadWorker(name));
    hasBegun = true;
    return claimAll(options, tries, worker);
  });
  let isRunning = false;

  function wake(): void {
    if (!isRunning) return;
    void pass
      .run()
      .catch((cause) => onEvent({ type: 'outbox.failed', reason: 'database', cause }))
      .then(() => timer.ringIn(pollMilliseconds));
  }

  return {
    start() {
      isRunning = true;
      wake();
    },
    wake,
    async runOnce() {
      const claimed = await pass.run();
      await tries.settled();
      return claimed;
    },
    async stop() {
      isRunning = false;
      timer.stop();
      await pass.settled();
      await tries.stop(stopMilliseconds);
    },
  };
}

/** Claims what is due, as far as there is room in each lane, and sends it off. Gives how much. */
async function claimAll<Row>(
  { list, now: clock, timeoutMilliseconds }: OutboxOptions<Row>,
  tries: Tries<Row>,
  worker: string,
): Promise<number> {
  const now = clock();
  const leasedUntil = now + timeoutMilliseconds + leaseBeyondTimeoutMilliseconds;
  let claimed = 0;
  for (const lane of await list.lanesDue(now)) {
    const limit = tries.roomIn(lane);
    if (limit === 0) continue;
    const rows = await list.claim({ lane, limit, now, leasedUntil, worker });
    for (const row of rows) tries.launch(lane, row);
    claimed += rows.length;
  }
  return claimed;
}

/** Tries under way. */
interface Tries<Row> {
  roomIn(lane: string): number;
  launch(lane: string, row: Row): void;
  settled(): Promise<void>;
  /** Waits, then aborts what is still under way and waits for that. There is no room afterwards. */
  stop(waitMilliseconds: number): Promise<void>;
}

function createTries<Row>(
  { list, triesPerLane = 4 }: OutboxOptions<Row>,
  onDone: (nextAt: number | null) => void,
): Tries<Row> {
  const underWay = new Map<Promise<void>, string>();
  const stopping = new AbortController();
  const settled = async (): Promise<void> => {
    await Promise.all(underWay.keys());
  };
  return {
    roomIn(lane) {
      const taken = [...underWay.values()].filter((other) => other === lane).length;
      return stopping.signal.aborted ? 0 : Math.max(0, triesPerLane - taken);
    },
    launch(lane, row) {
      const work = list.attempt(row, stopping.signal).then((nextAt) => {
        underWay.delete(work);
        onDone(nextAt);
      });
      underWay.set(work, lane);
    },
    settled,
    async stop(waitMilliseconds) {
      const deadline = setTimeout(() => stopping.abort(), waitMilliseconds);
      await settled();
      clearTimeout(deadline);
      stopping.abort();
    },
  };
}
