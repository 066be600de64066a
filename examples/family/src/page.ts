import { createHash } from 'node:crypto';
import { type Account, type Family, type FamilyMember, memberOf } from '@latchkey/session';
import type { SessionAccess } from '@latchkey/session/parts';
import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { pageStyle } from './page-style.ts';

export { html } from 'hono/html';

/** What a template of `hono/html` gives. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** Who asks for a page, and in which app. */
export interface Visit {
  readonly family: Family;
  readonly app: string;
  /** The person, when signed in and granted this app. */
  readonly account: Account | null;
  /** `denied`: somebody is signed in, but may not enter this app. */
  readonly access: SessionAccess;
  /** Where the link to another app leads; see `links.ts`. Default: to its home page. */
  readonly linkTo?: (member: FamilyMember) => string;
}

/** A page ready for any framework. */
export interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What an app says of itself. */
export interface PageText {
  readonly lead: string;
  /** The app's own part of the page. */
  readonly content?: Html;
}

const styleHash = createHash('sha256').update(`${pageStyle}`).digest('base64');

/** Nothing loads but the style above. `same-origin`, since with `no-referrer` a form post says `Origin: null`. */
const headers: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
};

/**
 * The home page: who is signed in and a button `Sign out`, or a link `Sign in`. In an app of reach `shared`, whose cookie
 * every app of its domain gets, somebody without access is told so with a 403; elsewhere that visitor is signed out.
 */
export function homePage(visit: Visit, text: PageText): Page {
  if (visit.access === 'denied' && memberOf(visit.family, visit.app).reach === 'shared') {
    return noAccessPage(visit);
  }
  const heading = titleOf(visit.app);
  return layout(visit, 200, {
    heading,
    lead: text.lead,
    body: html`${who(visit)}${text.content ?? ''}`,
  });
}

/** A page of somebody who is signed in, under a heading of its own. */
export function signedInPage(visit: Visit, heading: string, text: PageText): Page {
  return layout(visit, 200, {
    heading,
    lead: text.lead,
    body: html`${who(visit)}${text.content ?? ''}`,
  });
}

/** For somebody who is signed in but was not granted this app. */
export function noAccessPage(visit: Visit): Page {
  const lead = 'You are signed in, but your account has no access to this app.';
  const way = html`<section class="who"><p>An administrator can grant it to you.</p>${signOutForm}</section>`;
  return layout(visit, 403, { heading: 'No access', lead, body: way });
}

/** For addresses that the app does not have. */
export function notFoundPage(visit: Visit): Page {
  const way = html`<p><a href="/">Home page</a></p>`;
  return layout(visit, 404, { heading: 'There is no such page', lead: '', body: way });
}

const signOutForm = html`<form method="post" action="/sign-out"><button>Sign out</button></form>`;

function who({ account }: Visit): Html {
  if (account === null) {
    return html`<section class="who" aria-label="Who you are"><p>You are not signed in.</p>
<a class="button" href="/sign-in">Sign in</a></section>`;
  }
  const initial = [...account.name][0] ?? '';
  return html`<section class="who" aria-label="Who you are">
<span class="face" aria-hidden="true">${initial}</span>
<p><strong>${account.name}</strong><span class="email">${account.email}</span></p>
${signOutForm}</section>`;
}

interface Content {
  readonly heading: string;
  readonly lead: string;
  readonly body: Html;
}

function layout(visit: Visit, status: number, { heading, lead, body }: Content): Page {
  const { family, app } = visit;
  const { host, reach } = memberOf(family, app);
  const markup = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${heading} · ${family.name}</title>
<link rel="icon" href="data:,">
<style>${pageStyle}</style>
</head>
<body class="${app}">
<header class="bar">
<p class="family">${keyhole}${family.name}</p>
<nav aria-label="Apps of the family"><ul>${familyLinks(visit)}</ul></nav>
</header>
<main>
<p class="reach">${host} · reach ${reach}</p>
<h1>${heading}</h1>
<p class="lead">${lead}</p>
${body}
<p class="foot">Sign in once and every app above knows you; sign out anywhere and you are out everywhere.</p>
</main>
</body>
</html>
`;
  return { status, headers, body: `${markup}` };
}

function familyLinks({ family, app, linkTo = homeOf }: Visit): readonly Html[] {
  const apps = [...family.apps.values()].map((member) =>
    member.name === app
      ? html`<li><a href="${homeOf(member)}" aria-current="page">${titleOf(app)}</a></li>`
      : html`<li><a href="${linkTo(member)}">${titleOf(member.name)}</a></li>`,
  );
  return [...apps, html`<li><a href="${family.loginHost.origin}/">Account</a></li>`];
}

function homeOf({ origin }: FamilyMember): string {
  return `${origin}/`;
}

function titleOf(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

const keyhole = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path fill-rule="evenodd" d="M5 1h14a4 4 0 0 1 4 4v14a4 4 0 0 1-4 4H5a4 4 0 0 1-4-4V5a4 4 0 0 1 4-4zm7 5a3.6 3.6 0 0 0-2 6.6L9 18h6l-1-5.4A3.6 3.6 0 0 0 12 6z"/></svg>`;
