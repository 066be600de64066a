import { html } from 'hono/html';
import { type ShownAccount, waitingAccounts } from './account-approval-page.ts';
import { actions, quietActions } from './actions.ts';
import { approvalsPath } from './approvals-path.ts';
import { form } from './form.ts';
import type { Html } from './html.ts';
import type { Catalogue } from './languages/en.ts';
import type { Page } from './page.ts';

/** A request as those see it who decide on it. */
export interface ShownRequest {
  readonly id: string;
  /** Title of the app. */
  readonly app: string;
  readonly name: string;
  readonly email: string;
  readonly reason: string;
  /** Milliseconds before now. */
  readonly askedAgo: number;
}

/** What was wrong with a decision. */
export type DecisionFault = 'until' | 'role' | 'reason';

/** A request with the form to decide on it. */
export interface ShownDecision {
  readonly request: ShownRequest;
  /** Roles of the app. */
  readonly roles: readonly string[];
  /** The person asked for themselves, and may not decide. */
  readonly isOwn: boolean;
  readonly fault?: DecisionFault;
  /** What was typed before. */
  readonly typed?: { readonly until: string; readonly reason: string };
}

/** Somebody decided before. */
export interface ShownDecided {
  readonly request: ShownRequest;
  readonly isGranted: boolean;
  /** Name of who decided; null: an operator. */
  readonly by: string | null;
}

export const approvalPath = '/approvals/request';
const maxReasonLength = 500;

export type ApprovalDone = keyof Catalogue['approvals']['done'];

/** The thing that can have been done of which a text is the name, or null. */
export function approvalDoneOf(value: string | null): ApprovalDone | null {
  return (
    (['granted', 'denied', 'approved', 'deniedAccount'] as const).find((one) => one === value) ??
    null
  );
}

/** Accounts and requests that wait, oldest first. */
export function approvalsPage(
  waiting: {
    readonly accounts: readonly ShownAccount[];
    readonly requests: readonly ShownRequest[];
  },
  done: ApprovalDone | null,
): Page {
  const { accounts, requests } = waiting;
  return {
    isAccountPage: true,
    isWide: true,
    content: (t) => ({
      title: t.approvals.title,
      body: html`${done === null ? '' : html`<p class="done" role="status">${t.approvals.done[done]}</p>`}${waitingAccounts(t, accounts)}${
        requests.length === 0 && accounts.length > 0
          ? ''
          : requests.length === 0
            ? html`<div class="empty"><p>${t.approvals.none}</p></div>`
            : html`<h2>${t.approvals.apps}</h2>
<ul class="rows aligned">${requests.map((one) => requestItem(t, one))}</ul>`
      }
${quietActions({ label: t.actions.home, href: '/' })}`,
    }),
  };
}

function requestItem(t: Catalogue, request: ShownRequest): Html {
  const { id, app, name } = request;
  return html`<li>
<h3>${t.approvals.asks(name, app)}</h3>
${facts(t, request)}
${quietActions({
  label: t.approvals.decide,
  spokenLabel: t.approvals.decideOn(name, app),
  href: `${approvalPath}?id=${encodeURIComponent(id)}`,
})}
</li>`;
}

function facts(t: Catalogue, { email, reason, askedAgo }: ShownRequest): Html {
  const { approvals } = t;
  return html`<dl class="facts">
<div><dt>${approvals.address}</dt><dd>${email}</dd></div>
<div><dt>${approvals.asked}</dt><dd>${t.time.ago(askedAgo)}</dd></div>
<div><dt>${approvals.reason}</dt><dd>${reason === '' ? approvals.noReason : reason}</dd></div>
</dl>`;
}

/** One request, with a form that lets in and one that turns down. */
export function decisionPage(shown: ShownDecision): Page {
  const { request, isOwn, fault } = shown;
  return {
    status: fault === undefined ? 200 : 422,
    isAccountPage: true,
    content: (t) => ({
      title: t.approvals.asks(request.name, request.app),
      body: html`${facts(t, request)}
${isOwn ? html`<p class="alert">${t.approvals.own}</p>` : html`${grantForm(t, shown)}${denyForm(t, shown)}`}
<p class="links"><a href="${approvalsPath}">${t.approvals.all}</a></p>`,
    }),
  };
}

function grantForm(t: Catalogue, { request, roles, fault, typed }: ShownDecision): Html {
  const { approvals } = t;
  const options = roles.map((role) => html`<option value="${role}">${role}</option>`);
  const select =
    roles.length === 0
      ? html``
      : html`<div class="field"><label for="role">${approvals.role}</label><select id="role" name="role"><option value="">${approvals.noRole}</option>${options}</select></div>`;
  return html`${form(t, {
    action: approvalPath,
    hidden: { id: request.id, act: 'grant' },
    fields: [
      {
        name: 'until',
        label: approvals.until,
        type: 'date',
        autocomplete: 'off',
        isRequired: false,
        hint: approvals.untilHint,
        ...(typed === undefined ? {} : { value: typed.until }),
        ...(fault === 'until' ? { error: approvals.untilPast } : {}),
      },
    ],
    more: select,
    submit: approvals.grant,
    ...(fault === 'role' ? { error: approvals.unknownRole } : {}),
  })}`;
}

function denyForm(t: Catalogue, { request, fault, typed }: ShownDecision): Html {
  const { approvals } = t;
  return html`<section class="aside"><h2>${approvals.denyTitle}</h2>
${form(t, {
  action: approvalPath,
  hidden: { id: request.id, act: 'deny' },
  fields: [
    {
      name: 'reason',
      label: approvals.denyReason,
      type: 'textarea',
      autocomplete: 'off',
      isRequired: false,
      maxLength: maxReasonLength,
      hint: approvals.denyHint,
      ...(typed === undefined ? {} : { value: typed.reason }),
      ...(fault === 'reason' ? { error: t.noAccess.reasonTooLong(maxReasonLength) } : {}),
    },
  ],
  submit: approvals.deny,
  isQuiet: true,
})}</section>`;
}

/** Of two who decide at once, the second one reads this. */
export function decidedPage({ request, isGranted, by }: ShownDecided): Page {
  return {
    status: 409,
    isAccountPage: true,
    content: (t) => ({
      title: t.approvals.decidedTitle,
      body: html`<p class="lead">${t.approvals.decided({ ...request, isGranted, by })}</p>${actions({ label: t.approvals.all, href: approvalsPath })}`,
    }),
  };
}
