// Owns the pages on which people ask for an app and on which approvers decide; acts on access want a
// proof of who one is that is younger than ten minutes. Who may decide, and what a decision does,
// belongs to `access/`; the words to `pages/`.

import type { Family } from '@latchkey/session';
import { mayHaveEffect, requestOrigin } from '@latchkey/session/parts';
import type { AccessRequest, DecideResult, RequestDecision } from '../access/access-request.ts';
import { readForm } from '../browser/form.ts';
import { freshMilliseconds, isProofFresh } from '../browser/fresh-proof.ts';
import { seeOther, single } from '../browser/return-to.ts';
import {
  approvalDoneOf,
  approvalPath,
  approvalsPage,
  type DecisionFault,
  decidedPage,
  decisionPage,
  type ShownRequest,
} from '../pages/approvals-page.ts';
import { approvalsPath } from '../pages/approvals-path.ts';
import { messages } from '../pages/messages.ts';
import { appTitles } from '../pages/shown-app.ts';
import { formInPlace } from '../sign-in/show-form.ts';
import { type AccountApprovalDeps, accountsThatWait } from './account-routes.ts';
import { type DecisionFields, decisionFields } from './decision-fields.ts';
import { type ApprovalRoutesDeps, type Approver, forSignedIn } from './signed-in.ts';

/** `GET /approvals`: the requests that wait for the person's decision. */
export async function showApprovals(
  deps: AccountApprovalDeps,
  request: Request,
): Promise<Response> {
  return forSignedIn(deps, request, async ({ person, cookies }) => {
    const apps = await deps.approvers.appsOf(person.accountId, [...deps.family.apps.keys()]);
    if (apps.length === 0) return deps.page({ ...messages.approversOnly, cookies });
    const waiting = await deps.requests.waiting(apps);
    const done = single(new URL(request.url).searchParams, 'done');
    const shown = waiting.map((one) => shownRequest(deps, one));
    const accounts = person.isAdministrator ? await accountsThatWait(deps) : [];
    const page = approvalsPage({ accounts, requests: shown }, approvalDoneOf(done));
    return deps.page({ ...page, cookies });
  });
}

/** `GET /approvals/request?id`: one request, and the forms to decide on it. Whoever proved long ago who they are does so first. */
export async function showDecision(deps: ApprovalRoutesDeps, request: Request): Promise<Response> {
  return forSignedIn(deps, request, async ({ person, cookies }) => {
    const id = single(new URL(request.url).searchParams, 'id');
    const found = id === null ? null : await deps.requests.find(person.accountId, id);
    if (found === null) return deps.page({ ...messages.notFound, cookies });
    // Half of the time is left for reading and writing.
    if (!isProofFresh(person, deps.now(), freshMilliseconds / 2))
      return formInPlace(deps, request, { person, cookies });
    return showForm(deps, { found, person, cookies });
  });
}

/** `POST /approvals/request`: lets the person in, or turns them down. */
export async function takeDecision(deps: ApprovalRoutesDeps, request: Request): Promise<Response> {
  const { family, page } = deps;
  if (!mayHaveEffect(requestOrigin(request), [family.loginHost.origin]))
    return page(messages.crossSite);
  const form = await readForm(request);
  const fields = form === null ? null : decisionFields(form);
  if (fields === null) return page(messages.badRequest);
  return forSignedIn(deps, request, async (approver) => {
    if (!isProofFresh(approver.person, deps.now())) return toDecision(family, fields.id);
    const decision = fields.decision;
    if (decision === null) return showAgain(deps, approver, { fields, fault: 'until' });
    const result = await deps.requests.decide(approver.person.accountId, fields.id, decision);
    return afterDecision(deps, approver, { fields, decision, result });
  });
}

async function afterDecision(
  deps: ApprovalRoutesDeps,
  approver: Approver,
  outcome: {
    readonly fields: DecisionFields;
    readonly decision: RequestDecision;
    readonly result: DecideResult;
  },
): Promise<Response> {
  const { fields, decision, result } = outcome;
  const { cookies } = approver;
  if (result.kind === 'decided') {
    const done = decision.kind === 'grant' ? 'granted' : 'denied';
    return seeOther(`${deps.family.loginHost.origin}${approvalsPath}?done=${done}`, cookies);
  }
  if (result.kind === 'already-decided') return decided(deps, result.request, cookies);
  switch (result.why) {
    case 'unknown':
      return deps.page({ ...messages.notFound, cookies });
    case 'own':
      return showAgain(deps, approver, { fields });
    case 'until-past':
      return showAgain(deps, approver, { fields, fault: 'until' });
    case 'unknown-role':
      return showAgain(deps, approver, { fields, fault: 'role' });
    case 'reason-too-long':
      return showAgain(deps, approver, { fields, fault: 'reason' });
  }
}

async function showAgain(
  deps: ApprovalRoutesDeps,
  approver: Approver,
  { fields, fault }: { readonly fields: DecisionFields; readonly fault?: DecisionFault },
): Promise<Response> {
  const found = await deps.requests.find(approver.person.accountId, fields.id);
  if (found === null) return deps.page({ ...messages.notFound, cookies: approver.cookies });
  const { typed } = fields;
  return showForm(deps, { ...approver, found, typed, ...(fault === undefined ? {} : { fault }) });
}

async function showForm(
  deps: ApprovalRoutesDeps,
  shown: Approver & {
    readonly found: AccessRequest;
    readonly fault?: DecisionFault;
    readonly typed?: DecisionFields['typed'];
  },
): Promise<Response> {
  const { found, person, cookies, ...what } = shown;
  if (found.state !== 'waiting') return decided(deps, found, cookies);
  const roles = deps.family.apps.get(found.app)?.roles ?? [];
  const isOwn = found.accountId === person.accountId && !person.isAdministrator;
  const request = shownRequest(deps, found);
  return deps.page({ ...decisionPage({ request, roles, isOwn, ...what }), cookies });
}

function decided(
  deps: ApprovalRoutesDeps,
  found: AccessRequest,
  cookies: readonly string[],
): Promise<Response> {
  const isGranted = found.state === 'granted';
  const request = shownRequest(deps, found);
  return deps.page({ ...decidedPage({ request, isGranted, by: found.decidedBy }), cookies });
}

function shownRequest({ family, now }: ApprovalRoutesDeps, request: AccessRequest): ShownRequest {
  const { id, app, name, email, reason, requestedAt } = request;
  const askedAgo = Math.max(0, now() - requestedAt);
  return { id, app: appTitles(family)(app), name, email, reason, askedAgo };
}

/** The page of the request asks for a proof where it is needed. */
function toDecision({ loginHost }: Family, id: string): Response {
  return seeOther(`${loginHost.origin}${approvalPath}?id=${encodeURIComponent(id)}`);
}
