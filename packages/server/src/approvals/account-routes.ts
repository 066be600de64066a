import { mayHaveEffect, requestOrigin } from '@latchkey/session/parts';
import { readForm } from '../browser/form.ts';
import { freshMilliseconds, isProofFresh } from '../browser/fresh-proof.ts';
import { seeOther, single } from '../browser/return-to.ts';
import {
  accountApprovalPage,
  accountApprovalPath,
  type ShownAccount,
} from '../pages/account-approval-page.ts';
import { approvalsPath } from '../pages/approvals-path.ts';
import { messages } from '../pages/messages.ts';
import type { AccountDecisions, WaitingAccount } from '../registration/decisions.ts';
import { formInPlace } from '../sign-in/show-form.ts';
import { type ApprovalRoutesDeps, type Approver, forSignedIn } from './signed-in.ts';

/** What deciding on accounts needs. */
export interface AccountApprovalDeps extends ApprovalRoutesDeps {
  readonly decisions: AccountDecisions;
}

const maxShown = 500;

/** Those who wait for an account, longest first. */
export async function accountsThatWait(
  deps: AccountApprovalDeps,
): Promise<readonly ShownAccount[]> {
  const waiting = await deps.decisions.listWaiting({ limit: maxShown });
  return waiting.map((one) => shown(deps, one));
}

function shown(
  { now }: AccountApprovalDeps,
  { id, name, email, askedAt }: WaitingAccount,
): ShownAccount {
  return { id, name, email, askedAgo: Math.max(0, now() - askedAt) };
}

/** `GET /approvals/account?id`: somebody who waits for an account, for administrators alone. */
export function showAccountDecision(
  deps: AccountApprovalDeps,
  request: Request,
): Promise<Response> {
  return forAdministrator(deps, request, async ({ person, cookies }) => {
    const id = single(new URL(request.url).searchParams, 'id');
    const found = await deps.decisions.findWaiting(id ?? '');
    if (found === null) return deps.page({ ...messages.accountDecided, cookies });
    if (!isProofFresh(person, deps.now(), freshMilliseconds / 2))
      return formInPlace(deps, request, { person, cookies });
    return deps.page({ ...accountApprovalPage(shown(deps, found)), cookies });
  });
}

/** `POST /approvals/account`: approves an account that waits, or turns it down. */
export async function takeAccountDecision(
  deps: AccountApprovalDeps,
  request: Request,
): Promise<Response> {
  const { family, page, decisions } = deps;
  const { origin } = family.loginHost;
  if (!mayHaveEffect(requestOrigin(request), [origin])) return page(messages.crossSite);
  const form = await readForm(request);
  const names = ['id', 'act', 'reason'];
  const [id, act, reason] = names.map((name) => form?.get(name) ?? '');
  const isRepeated = names.some((name) => (form?.getAll(name).length ?? 0) > 1);
  if (isRepeated || !id || (act !== 'approve' && act !== 'deny')) return page(messages.badRequest);
  return forAdministrator(deps, request, async ({ person, cookies }) => {
    if (!isProofFresh(person, deps.now()))
      return seeOther(`${origin}${accountApprovalPath}?id=${encodeURIComponent(id)}`, cookies);
    const result =
      act === 'approve' ? await decisions.approve(id) : await decisions.deny(id, reason || null);
    if (result.kind === 'not-waiting') return page({ ...messages.accountDecided, cookies });
    const done = act === 'approve' ? 'approved' : 'deniedAccount';
    return seeOther(`${origin}${approvalsPath}?done=${done}`, cookies);
  });
}

function forAdministrator(
  deps: AccountApprovalDeps,
  request: Request,
  answer: (approver: Approver) => Promise<Response>,
): Promise<Response> {
  return forSignedIn(deps, request, async (approver) =>
    approver.person.isAdministrator
      ? answer(approver)
      : deps.page({ ...messages.administratorsOnly, cookies: approver.cookies }),
  );
}
