import type { Transaction } from 'kysely';
import { readReason } from '../accounts/reason.ts';
import type { Database } from '../database/schema.ts';
import { type Decision, tellDecision, writeDecision } from './access.ts';
import {
  type AccessRequest,
  type DecideResult,
  findRequest,
  maxReasonLength,
  type RequestDecision,
  type RequestsDeps,
} from './access-request.ts';
import { decidesOn } from './approvers.ts';
import { mailDecision } from './request-mails.ts';

/** A decision on its way. */
export interface Deciding {
  readonly deciderId: string;
  /** Of the request. */
  readonly id: string;
  readonly decision: RequestDecision;
}

/** See `AccessRequests.decide`. */
export async function decide(deps: RequestsDeps, deciding: Deciding): Promise<DecideResult> {
  const outcome = await deps.db
    .transaction()
    .execute((transaction) => record(deps, transaction, cleaned(deciding)));
  if (outcome.kind !== 'recorded') return outcome;
  tellDecision(deps, outcome.written);
  deps.mail.wake();
  await deps.access.apply(outcome.written.accountId);
  return { kind: 'decided' };
}

function cleaned(deciding: Deciding): Deciding {
  const { decision } = deciding;
  if (decision.kind === 'grant') return deciding;
  return { ...deciding, decision: { ...decision, reason: readReason(decision.reason) } };
}

/** All of it in one transaction: rights as they are now, the request if it still waits, what it gives, the mail. */
async function record(
  deps: RequestsDeps,
  transaction: Transaction<Database>,
  { deciderId, id, decision }: Deciding,
): Promise<DecideResult | { readonly kind: 'recorded'; readonly written: Decision }> {
  const request = await findRequest(transaction, id);
  const right = request && (await decidesOn(transaction, deciderId, request.app));
  const app = request && deps.appOf(request.app);
  if (request === null || right === null || app === null)
    return { kind: 'refused', why: 'unknown' };
  if (request.accountId === deciderId && right !== 'administrator')
    return { kind: 'refused', why: 'own' };
  const fault = faultOf(deps, request, decision);
  if (fault !== null) return { kind: 'refused', why: fault };
  if (!(await settleRequest(deps, transaction, { deciderId, id, decision }))) {
    const decided = await findRequest(transaction, id);
    return { kind: 'already-decided', request: decided ?? request };
  }
  const written = decisionOf(request, decision, deciderId);
  await writeDecision(deps, transaction, written);
  await mailDecision(deps, transaction, { request, app, decision });
  return { kind: 'recorded', written };
}

function faultOf(
  { now, rules }: RequestsDeps,
  { app }: AccessRequest,
  decision: RequestDecision,
): 'until-past' | 'unknown-role' | 'reason-too-long' | null {
  if (decision.kind === 'deny')
    return decision.reason.length > maxReasonLength ? 'reason-too-long' : null;
  const { until, role } = decision;
  if (until !== null && until <= now()) return 'until-past';
  return role === null || rules.current().get(app)?.roles.includes(role) ? null : 'unknown-role';
}

/** False where it does not wait any more: of two who decide at once, one writes. */
async function settleRequest(
  { now }: RequestsDeps,
  transaction: Transaction<Database>,
  { deciderId, id, decision }: Deciding,
): Promise<boolean> {
  const reason = decision.kind === 'deny' ? decision.reason : '';
  const { numUpdatedRows } = await transaction
    .updateTable('access_requests')
    .set({
      state: decision.kind === 'grant' ? 'granted' : 'denied',
      decided_at: now(),
      decided_by: deciderId,
      decision_reason: reason === '' ? null : reason,
    })
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

function decisionOf(
  { accountId, app }: AccessRequest,
  decision: RequestDecision,
  decidedBy: string,
): Decision {
  return decision.kind === 'grant'
    ? { accountId, app, state: 'granted', until: decision.until, role: decision.role, decidedBy }
    : { accountId, app, state: 'denied', until: null, role: null, decidedBy };
}
