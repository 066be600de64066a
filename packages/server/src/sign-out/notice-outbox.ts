import { createOutbox, type Outbox } from '../outbox/outbox.ts';
import { type AttemptDeps, attemptNotice } from './attempt-notice.ts';
import { appsWithDueNotices, claimNotices, noticeClaims, wakeBlocked } from './notice-rows.ts';
import { roomAtReceiver } from './receivers.ts';

export interface NoticeOutboxDeps extends Omit<AttemptDeps, 'timeoutMilliseconds'> {
  /** For a whole try. Default 5,000. */
  readonly timeoutMilliseconds?: number;
  /** Tries under way to one app at a time. Default 4. */
  readonly triesPerApp?: number;
  /** How often to look without being woken. Default 1,000. */
  readonly pollMilliseconds?: number;
}

/** Delivers logout notices until each app has acknowledged or is given up. Each app is a lane of its own. */
export function createNoticeOutbox(deps: NoticeOutboxDeps): Outbox {
  const { db, now, onEvent, timeoutMilliseconds = 5000 } = deps;
  return createOutbox({
    list: {
      async takeOver(isDead) {
        await noticeClaims(db).freeDead(isDead);
        await wakeBlocked(db, now());
      },
      lanesDue: (at) => appsWithDueNotices(db, at),
      async claim({ lane: app, limit, ...claim }) {
        const room = await roomAtReceiver(db, { app, limit, now: claim.now });
        return room === 0 ? [] : claimNotices(db, { ...claim, app, limit: room });
      },
      attempt: (notice, stop) => attemptNotice({ ...deps, timeoutMilliseconds }, notice, stop),
    },
    timeoutMilliseconds,
    triesPerLane: deps.triesPerApp,
    pollMilliseconds: deps.pollMilliseconds,
    now,
    onEvent,
  });
}
