import type { LatchkeyEvent } from '@latchkey/session';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { type DeliveryResult, deliver, type OutgoingFetch } from './deliver.ts';
import { type ClaimedNotice, markDead, markDelivered, markForRetry } from './notice-rows.ts';
import { noteAcceptance, noteRefusal } from './receivers.ts';
import { nextStep } from './retry-schedule.ts';

/** What a try needs; see `OutboxDeps`. */
export interface AttemptDeps {
  readonly db: Kysely<Database>;
  readonly fetch: OutgoingFetch;
  /** A logout token with a `jti`, `iat` and `exp` of its own, for each try. A rejection is tried again later. */
  readonly mintLogoutToken: (notice: ClaimedNotice) => Promise<string>;
  /** Where the app hears of endings, or null when the family has no such relying party any more. */
  readonly logoutUriOf: (app: string) => string | null;
  readonly now: () => number;
  /** 0 <= x < 1, for jitter. */
  readonly random: () => number;
  readonly onEvent: (event: LatchkeyEvent) => void;
  /** For a whole try. */
  readonly timeoutMilliseconds: number;
}

/** One try and what follows from it in SQL. Gives when to try again, or null. Never rejects. */
export async function attemptNotice(
  deps: AttemptDeps,
  notice: ClaimedNotice,
  stop: AbortSignal,
): Promise<number | null> {
  try {
    return await settle(deps, notice, await send(deps, notice, stop));
  } catch (cause) {
    // The claim runs out by itself, and the notice is tried again.
    deps.onEvent({ type: 'outbox.failed', app: notice.app, reason: 'database', cause });
    return null;
  }
}

async function send(
  deps: AttemptDeps,
  notice: ClaimedNotice,
  stop: AbortSignal,
): Promise<DeliveryResult> {
  const uri = deps.logoutUriOf(notice.app);
  if (uri === null) return { kind: 'dead', reason: 'app-removed' };
  let logoutToken: string;
  try {
    logoutToken = await deps.mintLogoutToken(notice);
  } catch (cause) {
    deps.onEvent({ type: 'notice.mint-failed', app: notice.app, cause });
    return { kind: 'retry', reason: 'mint-failed', retryAfterMilliseconds: null };
  }
  const { fetch, timeoutMilliseconds, now } = deps;
  return deliver({ uri, logoutToken, fetch, timeoutMilliseconds, stop, now });
}

async function settle(
  deps: AttemptDeps,
  notice: ClaimedNotice,
  result: DeliveryResult,
): Promise<number | null> {
  const { db, onEvent } = deps;
  const { app } = notice;
  const now = deps.now();
  if (result.kind === 'delivered') {
    await markDelivered(db, notice, now);
    onEvent({ type: 'notice.delivered', app });
    return (await noteAcceptance(db, app, now)) ? now : null;
  }
  if (result.kind === 'retry' && result.reason === 'stopped') {
    await markForRetry(db, notice, result.reason, now);
    return null;
  }
  if (result.kind === 'refused') await noteRefusal(db, app);
  const next = result.kind === 'dead' ? result : nextStep(notice, result, now, deps.random);
  if (next.kind === 'dead') {
    await markDead(db, notice, next.reason, now);
    onEvent({ type: 'notice.dead', app, reason: next.reason });
    return null;
  }
  await markForRetry(db, notice, next.reason, next.at);
  const type = result.kind === 'retry' ? 'notice.retry' : 'notice.refused';
  onEvent({ type, app, reason: next.reason });
  return next.at;
}
