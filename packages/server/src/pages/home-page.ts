import { html } from 'hono/html';
import type { Page } from './page.ts';

/** An app as the home page lists it; `href` comes from the family config. */
export interface AppLink {
  readonly name: string;
  readonly href: string;
}

/** The home page for a visitor. */
export function signedOutHome(): Page {
  return {
    title: 'You are signed out',
    body: html`<p>Sign in once, and every app you may enter knows you.</p><a class="button" href="/sign-in">Sign in</a>`,
  };
}

/** The home page of somebody who is signed in: who, which apps, and pages for administrators where there are any. */
export function signedInHome(
  account: { readonly name: string; readonly email: string },
  apps: readonly AppLink[],
  administration: readonly AppLink[] = [],
): Page {
  const list =
    apps.length === 0
      ? html`<p class="soft">None yet. An administrator can grant you access.</p>`
      : html`<ul class="apps">${apps.map((app) => html`<li><a href="${app.href}">${app.name}</a></li>`)}</ul>`;
  return {
    title: `Hello ${account.name}`,
    isAccountPage: true,
    body: html`<p>You are signed in as <strong>${account.email}</strong>.</p>
<h2>Your apps</h2>
${list}
<p><a href="/devices">Your devices</a></p>
${administration.map(
  ({ name, href }) => html`<p><a href="${href}">${name}</a></p>
`,
)}<form method="post" action="/sign-out"><button>Sign out</button></form>`,
  };
}
