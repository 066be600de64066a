import type { LatchkeyEvent } from '@latchkey/session';
import type { NoticeDeadReason } from '@latchkey/session/parts';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { type DeliveryResult, deliver, type OutgoingFetch } from './deliver.ts';
import { type ClaimedNotice, noticeClaims } from './notice-rows.ts';
import { noteAcceptance, noteRefusal } from './receivers.ts';
import { nextStep } from './retry-schedule.ts';

/** What a try needs; see `NoticeOutboxDeps`. */
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
  const claims = noticeClaims(db);
  if (result.kind === 'delivered') {
    await claims.settle(notice.id, { result: 'delivered', now });
    onEvent({ type: 'notice.delivered', app });
    return (await noteAcceptance(db, app, now)) ? now : null;
  }
  if (result.kind === 'retry' && result.reason === 'stopped') {
    await claims.planAgain(notice, result.reason, now);
    return null;
  }
  if (result.kind === 'refused') await noteRefusal(db, app);
  if (result.kind === 'dead') return giveUp(deps, notice, result.reason);
  const next = nextStep(notice, result, { now, random: deps.random });
  if (next.kind === 'dead') return giveUp(deps, notice, next.reason);
  await claims.planAgain(notice, result.reason, next.at);
  if (result.kind === 'retry') onEvent({ type: 'notice.retry', app, reason: result.reason });
  else onEvent({ type: 'notice.refused', app, reason: result.reason });
  return next.at;
}

async function giveUp(
  { db, now, onEvent }: AttemptDeps,
  notice: ClaimedNotice,
  reason: NoticeDeadReason,
): Promise<null> {
  await noticeClaims(db).giveUp(notice, { result: reason, now: now() });
  onEvent({ type: 'notice.dead', app: notice.app, reason });
  return null;
}
