import type { Kysely } from 'kysely';
import { readReason } from '../accounts/reason.ts';
import type { Database } from '../database/schema.ts';
import {
  type AccessRequests,
  type AskResult,
  askAgainAfterMilliseconds,
  findRequest,
  maxReasonLength,
  type RequestStatus,
  type RequestsDeps,
  selectRequests,
} from './access-request.ts';
import { decidesOn } from './approvers.ts';
import { decide } from './decide-request.ts';
import { mailApprovers } from './request-mails.ts';
import { writeRequest } from './write-request.ts';

const maxListed = 200;

export function createRequests(deps: RequestsDeps): AccessRequests {
  const { db } = deps;
  return {
    ask: (asking) => ask(deps, asking),
    statusOf: (accountId) => statusOf(db, accountId),
    async waiting(apps) {
      if (apps.length === 0) return [];
      const rows = await selectRequests(db)
        .where('access_requests.state', '=', 'waiting')
        .where('access_requests.app', 'in', apps)
        .where('accounts.state', '=', 'active')
        .orderBy('access_requests.requested_at')
        .limit(maxListed)
        .execute();
      return rows;
    },
    async find(deciderId, id) {
      const request = await findRequest(db, id);
      if (request === null || deps.appOf(request.app) === null) return null;
      return (await decidesOn(db, deciderId, request.app)) === null ? null : request;
    },
    decide: (deciderId, id, decision) => decide(deps, { deciderId, id, decision }),
  };
}

async function ask(
  deps: RequestsDeps,
  { accountId, app, reason }: { accountId: string; app: string; reason: string },
): Promise<AskResult> {
  const { db, now } = deps;
  const words = readReason(reason);
  if (words.length > maxReasonLength) return { kind: 'refused', why: 'reason-too-long' };
  if ((await deps.access.of(accountId)).apps.has(app)) return { kind: 'refused', why: 'may-enter' };
  const last = (await statusOf(db, accountId)).get(app);
  const until = last?.askableAt ?? 0;
  if (until > now()) return { kind: 'refused', why: 'too-soon', until };
  const asking = { accountId, app, reason: words };
  const isNew = await db.transaction().execute(async (transaction) => {
    const isWritten = await writeRequest(deps, transaction, asking);
    if (isWritten) await mailApprovers(deps, transaction, asking);
    return isWritten;
  });
  if (!isNew) return { kind: 'refused', why: 'already-waiting' };
  deps.onEvent({ type: 'access.requested', app, account: { id: accountId } });
  deps.mail.wake();
  return { kind: 'asked' };
}

async function statusOf(
  db: Kysely<Database>,
  accountId: string,
): Promise<ReadonlyMap<string, RequestStatus>> {
  const rows = await db
    .selectFrom('access_requests')
    .select(['app', 'state', 'requested_at', 'decided_at', 'decision_reason'])
    .where('account_id', '=', accountId)
    .orderBy('requested_at')
    .execute();
  return new Map(
    rows.map((row) => [
      row.app,
      {
        app: row.app,
        state: row.state,
        requestedAt: row.requested_at,
        decidedAt: row.decided_at,
        reason: row.decision_reason,
        askableAt:
          row.state === 'denied' && row.decided_at !== null
            ? row.decided_at + askAgainAfterMilliseconds
            : null,
      },
    ]),
  );
}
