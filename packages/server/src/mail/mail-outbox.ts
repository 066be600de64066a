import type { LatchkeyEvent } from '@latchkey/session';
import type { MailDeadReason, MailRetryReason } from '@latchkey/session/parts';
import { type Expression, type Kysely, type SqlBool, sql } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { MailTable } from '../database/tables/mails.ts';
import { type Claims, createClaims, isFree } from '../outbox/claims.ts';
import { furthestAhead, growingDelay } from '../outbox/growing-delay.ts';
import { createOutbox, type Outbox } from '../outbox/outbox.ts';
import type { NewMail } from './message.ts';
import { openMail } from './sealed-mail.ts';
import type { MailTransport, OutgoingMail, SendResult } from './transport.ts';

/** What {@link createMailOutbox} needs. */
export interface MailOutboxDeps {
  readonly db: Kysely<Database>;
  /** Keys of 32 bytes, newest first, that what is in a mail was sealed under. */
  readonly keys: readonly Buffer[];
  readonly transport: MailTransport;
  /** The mail in its language, as it leaves. */
  readonly compose: (mail: NewMail, id: string) => Promise<OutgoingMail>;
  /** How long the transport may take for one. */
  readonly timeoutMilliseconds: number;
  readonly pollMilliseconds?: number;
  readonly now: () => number;
  /** 0 <= x < 1, for jitter. */
  readonly random: () => number;
  readonly onEvent: (event: LatchkeyEvent) => void;
}

const firstDelayMilliseconds = 1000;
const horizonMilliseconds = 86_400_000;
/** So many tries at least, also when the login host itself was away for most of the horizon. */
const leastAttempts = 20;

/** Sends the mails of the queue, four at a time, until each is delivered or given up. */
export function createMailOutbox(deps: MailOutboxDeps): Outbox {
  const { db } = deps;
  const claims = createClaims<MailTable>(db, 'mails', { payload: null });
  return createOutbox<MailTable>({
    ...deps,
    list: {
      takeOver: (isDead) => claims.freeDead(isDead),
      async lanesDue(now) {
        const due = await db
          .selectFrom('mails')
          .select('id')
          .where(isDue(now))
          .limit(1)
          .executeTakeFirst();
        return due === undefined ? [] : ['mail'];
      },
      claim({ limit, ...claim }) {
        const due = db
          .selectFrom('mails')
          .select('id')
          .where(isDue(claim.now))
          .orderBy('next_attempt_at')
          .limit(limit)
          .$asScalar();
        return claims.take(due, claim);
      },
      attempt: (row, stop) => attempt({ ...deps, claims }, row, stop),
    },
  });
}

/** Planned for now, or for later than we ever plan: that was written under a clock that ran ahead. */
function isDue(now: number): Expression<SqlBool> {
  const next = sql.ref('next_attempt_at');
  const isPlanned = sql<SqlBool>`(${next} <= ${now} or ${next} > ${now + furthestAhead})`;
  return sql<SqlBool>`${sql.ref('state')} = 'waiting' and ${isPlanned} and ${isFree(now)}`;
}

type AttemptDeps = MailOutboxDeps & { readonly claims: Claims<MailTable> };

/** One try and what follows from it in SQL. Gives when to try again, or null. Never rejects. */
async function attempt(
  deps: AttemptDeps,
  row: MailTable,
  stop: AbortSignal,
): Promise<number | null> {
  try {
    return await settle(deps, row, await send(deps, row, stop));
  } catch (cause) {
    // The claim runs out by itself, and the mail is tried again.
    deps.onEvent({ type: 'outbox.failed', reason: 'database', cause });
    return null;
  }
}

async function send(deps: AttemptDeps, row: MailTable, stop: AbortSignal): Promise<SendResult> {
  const mail = row.payload === null ? null : openMail(row.payload, { id: row.id, keys: deps.keys });
  if (mail === null) return { kind: 'refused', reason: 'unreadable' };
  return deps.transport.send(await deps.compose(mail, row.id), stop);
}

async function settle(
  deps: AttemptDeps,
  row: MailTable,
  result: SendResult,
): Promise<number | null> {
  const { claims, onEvent } = deps;
  const now = deps.now();
  const claim = { id: row.id, leasedUntil: row.leased_until };
  if (result.kind === 'delivered') {
    await claims.settle(row.id, { result: 'delivered', now });
    onEvent({ type: 'mail.delivered' });
    return null;
  }
  const dead = whyDead(row, result, now);
  if (dead !== null) {
    await claims.giveUp(claim, { result: dead, now });
    onEvent({ type: 'mail.dead', reason: dead });
    return null;
  }
  const isStopped = result.reason === 'stopped';
  const delay = growingDelay(row.attempts, firstDelayMilliseconds, { random: deps.random });
  const at = isStopped ? now : now + delay;
  await claims.planAgain(claim, result.reason, at);
  if (!isStopped) onEvent({ type: 'mail.retry', reason: result.reason as MailRetryReason });
  return isStopped ? null : at;
}

function whyDead(
  row: MailTable,
  result: Exclude<SendResult, { kind: 'delivered' }>,
  now: number,
): MailDeadReason | null {
  if (result.kind === 'refused') return result.reason;
  const isOld = now - row.created_at >= horizonMilliseconds && row.attempts >= leastAttempts;
  return isOld && result.reason !== 'stopped' ? `given-up-${result.reason}` : null;
}
