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

/** An app that somebody may not enter; `href` leads to where they ask for it. */
export interface OtherApp extends AppLink {
  /** They asked, and wait. */
  readonly isWaiting: boolean;
}

/** A page of the login host that the home page leads to; its name and a line about it are in the catalogue. */
export interface HomeLink {
  readonly page: keyof Catalogue['home']['about'];
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
  apps: { readonly enterable: readonly AppLink[]; readonly others: readonly OtherApp[] },
  administration: readonly HomeLink[] = [],
): Page {
  return {
    isAccountPage: true,
    isWide: true,
    content: (t) => ({
      title: t.home.title(account.name),
      body: html`<p class="lead">${t.home.signedInAs(account.email)}</p>
<h2>${t.home.apps}</h2>
${appList(t, apps.enterable)}
${otherApps(t, apps.others)}<h2>${t.home.account}</h2>
${wayList(t, [{ page: 'devices', href: '/devices' }])}
${administration.length === 0 ? '' : html`<h2>${t.home.administration}</h2>${wayList(t, administration)}`}
${quietActions({ label: t.actions.signOut, post: '/sign-out' })}`,
    }),
  };
}

function appList(t: Catalogue, apps: readonly AppLink[]): Html {
  return apps.length === 0
    ? html`<div class="empty"><p>${t.home.noApps}</p></div>`
    : html`<ul class="apps">${apps.map(appTile)}</ul>`;
}

function otherApps(t: Catalogue, apps: readonly OtherApp[]): Html | '' {
  if (apps.length === 0) return '';
  const tile = (app: OtherApp): Html => {
    const tag = app.isWaiting ? html` <span class="tag">${t.home.waiting}</span>` : '';
    const line = app.description === null ? '' : html`<p>${app.description}</p>`;
    return html`<li class="tile">${appIcon(app)}<div><a href="${app.href}" aria-label="${t.home.askFor(app.title)}">${app.title}</a>${tag}${line}</div></li>`;
  };
  return html`<h2>${t.home.moreApps}</h2>
<ul class="apps">${apps.map(tile)}</ul>
`;
}

function wayList(t: Catalogue, ways: readonly HomeLink[]): Html {
  const items = ways.map(
    ({ page, href }) =>
      html`<li class="way"><a href="${href}">${t.home[page]}</a><p>${t.home.about[page]}</p></li>`,
  );
  return html`<ul class="rows">${items}</ul>`;
}

function appTile(app: AppLink): Html {
  const { title, description, href } = app;
  const line = description === null ? '' : html`<p>${description}</p>`;
  return html`<li class="tile">${appIcon(app)}<div><a href="${href}">${title}</a>${line}</div></li>`;
}
