import { html } from 'hono/html';
import { quietActions } from './actions.ts';
import { approvalsPath } from './approvals-path.ts';
import { form } from './form.ts';
import type { Html } from './html.ts';
import type { Catalogue } from './languages/en.ts';
import type { Page } from './page.ts';

/** Somebody who registered and waits. */
export interface ShownAccount {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** Milliseconds before now. */
  readonly askedAgo: number;
}

export const accountApprovalPath = '/approvals/account';
const maxReasonLength = 500;

/** Those who wait for an account, above the requests for apps; nothing where there are none. */
export function waitingAccounts(t: Catalogue, accounts: readonly ShownAccount[]): Html | '' {
  if (accounts.length === 0) return '';
  const item = ({ id, name, email, askedAgo }: ShownAccount): Html => html`<li>
<h3>${t.approvals.wantsAccount(name)}</h3>
<dl><div><dt>${t.approvals.address}</dt><dd>${email}</dd></div>
<div><dt>${t.approvals.asked}</dt><dd>${t.time.ago(askedAgo)}</dd></div></dl>
${quietActions({
  label: t.approvals.decide,
  spokenLabel: t.approvals.decideOnAccount(name),
  href: `${accountApprovalPath}?id=${encodeURIComponent(id)}`,
})}
</li>`;
  return html`<h2>${t.approvals.accounts}</h2>
<ul class="rows aligned">${accounts.map(item)}</ul>
`;
}

/** One who waits, with a form that lets them in and one that turns them down. */
export function accountApprovalPage({ id, name, email, askedAgo }: ShownAccount): Page {
  return {
    isAccountPage: true,
    content: (t) => ({
      title: t.approvals.wantsAccount(name),
      body: html`<dl class="facts"><div><dt>${t.approvals.address}</dt><dd>${email}</dd></div>
<div><dt>${t.approvals.asked}</dt><dd>${t.time.ago(askedAgo)}</dd></div></dl>
${form(t, {
  action: accountApprovalPath,
  hidden: { id, act: 'approve' },
  fields: [],
  submit: t.approvals.approve,
})}
<section class="aside"><h2>${t.approvals.denyTitle}</h2>
${form(t, {
  action: accountApprovalPath,
  hidden: { id, act: 'deny' },
  fields: [
    {
      name: 'reason',
      label: t.approvals.denyReason,
      type: 'textarea',
      autocomplete: 'off',
      isRequired: false,
      maxLength: maxReasonLength,
      hint: t.approvals.denyAccountHint,
    },
  ],
  submit: t.approvals.deny,
  isQuiet: true,
})}</section>
<p class="links"><a href="${approvalsPath}">${t.approvals.all}</a></p>`,
    }),
  };
}
