import { html } from 'hono/html';
import { actions, quietActions } from './actions.ts';
import type { Html } from './html.ts';
import type { Catalogue } from './languages/en.ts';
import type { Page } from './page.ts';
import { appIcon, type ShownApp } from './shown-app.ts';

/** An app as the home page lists it; `href` comes from the family config. */
export interface AppLink extends ShownApp {
  readonly href: string;
}

/** A page for administrators. */
export interface AdministrationLink {
  readonly page: 'exposure' | 'notices';
  readonly href: string;
}

/** The home page for a visitor. */
export function signedOutHome(): Page {
  return {
    content: (t) => ({
      title: t.home.signedOutTitle,
      body: html`<p class="lead">${t.home.signedOut}</p>${actions({ label: t.actions.signIn, href: '/sign-in' })}`,
    }),
  };
}

/** The home page of somebody who is signed in: who, which apps, and pages for administrators where there are any. */
export function signedInHome(
  account: { readonly name: string; readonly email: string },
  apps: readonly AppLink[],
  administration: readonly AdministrationLink[] = [],
): Page {
  return {
    isAccountPage: true,
    isWide: true,
    content: (t) => ({
      title: t.home.title(account.name),
      body: html`<p class="lead">${t.home.signedInAs(account.email)}</p>
<h2>${t.home.apps}</h2>
${appList(t, apps)}
${quietActions(
  { label: t.home.devices, href: '/devices' },
  ...administration.map(({ page, href }) => ({ label: t.home[page], href })),
  { label: t.actions.signOut, post: '/sign-out' },
)}`,
    }),
  };
}

function appList(t: Catalogue, apps: readonly AppLink[]): Html {
  return apps.length === 0
    ? html`<div class="empty"><p>${t.home.noApps}</p></div>`
    : html`<ul class="apps">${apps.map(appTile)}</ul>`;
}

function appTile(app: AppLink): Html {
  const { title, description, href } = app;
  const line = description === null ? '' : html`<p>${description}</p>`;
  return html`<li class="tile">${appIcon(app)}<div><a href="${href}">${title}</a>${line}</div></li>`;
}
