import { oneAtATime } from '@latchkey/session/parts';
import { type AttemptDeps, attemptNotice } from './attempt-notice.ts';
import { createEarliestTimer } from './earliest-timer.ts';
import {
  appsWithDueNotices,
  type ClaimedNotice,
  claimNotices,
  freeClaims,
  wakeBlocked,
} from './notice-rows.ts';
import { roomAtReceiver } from './receivers.ts';
import { createWorkerName, isDeadWorker } from './worker-name.ts';

/**
 * Delivers logout notices until each app has acknowledged or is given up. What it knows is in SQL: a crash loses
 * nothing, and several may work on one database. Apps are independent: one that hangs delays no other.
 */
export interface Outbox {
  /** Takes over what dead processes of this machine had claimed, then looks for due notices again and again. */
  start(): void;
  /** Something may be due: look now. Does nothing before `start` and after `stop`. */
  wake(): void;
  /** Tries what is due now, once, and waits for the outcomes. Gives how many notices were tried. */
  runOnce(): Promise<number>;
  /** Takes no more work, gives tries under way a second, then gives their claims back. Touches nothing afterwards. */
  stop(): Promise<void>;
}

export interface OutboxDeps extends Omit<AttemptDeps, 'timeoutMilliseconds'> {
  /** For a whole try. Default 5,000. */
  readonly timeoutMilliseconds?: number;
  /** Tries under way to one app at a time. Default 4. */
  readonly triesPerApp?: number;
  /** How often to look without being woken. Default 1,000. */
  readonly pollMilliseconds?: number;
}

const defaultTimeoutMilliseconds = 5000;
/** How long `stop` waits for tries under way. */
const stopMilliseconds = 1000;
/** Longer than a try can take, so that a claim runs out only when its worker is gone. */
const leaseBeyondTimeoutMilliseconds = 25_000;
/** A timer may ring a moment before the clock says that it is time. */
const timerSlack = 5;

export function createOutbox(deps: OutboxDeps): Outbox {
  const { pollMilliseconds = 1000 } = deps;
  const timer = createEarliestTimer(() => wake());
  const tries = createTries(deps, (nextAt) => {
    if (nextAt !== null) timer.ringIn(nextAt - deps.now() + timerSlack);
    // There may have been no room for more notices to this app.
    wake();
  });
  const worker = createWorkerName();
  let hasBegun = false;
  const pass = oneAtATime(async () => {
    if (!hasBegun) await takeOver(deps);
    hasBegun = true;
    return claimAll(deps, tries, worker);
  });
  let isRunning = false;

  function wake(): void {
    if (!isRunning) return;
    void pass
      .run()
      .catch((cause) => deps.onEvent({ type: 'outbox.failed', reason: 'database', cause }))
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

/** What a process that is gone had claimed, and what waited for another configuration. */
async function takeOver({ db, now }: OutboxDeps): Promise<void> {
  await freeClaims(db, (worker) => isDeadWorker(worker));
  await wakeBlocked(db, now());
}

/** Claims what is due, as far as there is room for each app, and sends it off. Gives how many. */
async function claimAll(deps: OutboxDeps, tries: Tries, worker: string): Promise<number> {
  const now = deps.now();
  let claimed = 0;
  for (const app of await appsWithDueNotices(deps.db, now)) {
    const limit = await roomAtReceiver(deps.db, { app, limit: tries.roomFor(app), now });
    if (limit === 0) continue;
    const leasedUntil =
      now +
      (deps.timeoutMilliseconds ?? defaultTimeoutMilliseconds) +
      leaseBeyondTimeoutMilliseconds;
    const notices = await claimNotices(deps.db, {
      app,
      limit,
      now,
      leasedUntil,
      worker,
    });
    for (const notice of notices) tries.launch(notice);
    claimed += notices.length;
  }
  return claimed;
}

/** Tries under way. */
interface Tries {
  roomFor(app: string): number;
  launch(notice: ClaimedNotice): void;
  settled(): Promise<void>;
  /** Waits, then aborts what is still under way and waits for that. There is no room afterwards. */
  stop(waitMilliseconds: number): Promise<void>;
}

function createTries(deps: OutboxDeps, onDone: (nextAt: number | null) => void): Tries {
  const { triesPerApp = 4, timeoutMilliseconds = defaultTimeoutMilliseconds } = deps;
  const attemptDeps = { ...deps, timeoutMilliseconds };
  const underWay = new Map<Promise<void>, string>();
  const stopping = new AbortController();
  const settled = async (): Promise<void> => {
    await Promise.all(underWay.keys());
  };
  return {
    roomFor(app) {
      const taken = [...underWay.values()].filter((other) => other === app).length;
      return stopping.signal.aborted ? 0 : Math.max(0, triesPerApp - taken);
    },
    launch(notice) {
      const work = attemptNotice(attemptDeps, notice, stopping.signal).then((nextAt) => {
        underWay.delete(work);
        onDone(nextAt);
      });
      underWay.set(work, notice.app);
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
