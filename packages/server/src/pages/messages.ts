import { html } from 'hono/html';
import { type Action, actions } from './actions.ts';
import type { Catalogue } from './languages/en.ts';
import type { Page, PageContent } from './page.ts';
import { appIcon, type ShownApp } from './shown-app.ts';

/** The pages that only say something. */
export type MessageName = keyof Catalogue['messages'];

type Way = (t: Catalogue) => Action;

const home: Way = (t) => ({ label: t.actions.home, href: '/' });
const signInAgain: Way = (t) => ({ label: t.actions.signIn, href: '/sign-in' });
const signOut: Way = (t) => ({ label: t.actions.signOut, post: '/sign-out' });

interface Said {
  readonly status: number;
  /** The first stands out. Default: the home page. */
  readonly ways?: readonly [Way, ...Way[]];
  readonly retryAfterSeconds?: number;
}

/** Each with its status and a way on. */
const said: Readonly<Record<MessageName, Said>> = {
  pending: { status: 403 },
  suspended: { status: 403 },
  noMail: { status: 404, ways: [signInAgain] },
  appKey: { status: 409 },
  cookiesRefused: { status: 400, ways: [signInAgain] },
  busy: { status: 503, ways: [signInAgain], retryAfterSeconds: 2 },
  changed: { status: 409, ways: [signInAgain] },
  crossSite: { status: 403 },
  badRequest: { status: 400 },
  badDestination: { status: 400 },
  notFound: { status: 404 },
  method: { status: 405 },
  administratorsOnly: { status: 403 },
  approversOnly: { status: 403 },
  accountDecided: { status: 409 },
  notAhead: { status: 503 },
  unavailable: { status: 503, retryAfterSeconds: 2 },
  signOutRecorded: { status: 503, retryAfterSeconds: 5 },
  failed: { status: 500 },
  confirmSignOut: { status: 200, ways: [signOut, home] },
};

/** Each as a page. */
export const messages: Readonly<Record<MessageName, Page>> = Object.fromEntries(
  Object.entries(said).map(([name, one]) => [name, messagePage(name as MessageName, one)]),
) as Record<MessageName, Page>;

function messagePage(name: MessageName, { status, ways = [home], retryAfterSeconds }: Said): Page {
  const [first, ...others] = ways;
  return {
    status,
    content: (t) => ({
      title: t.messages[name].title,
      body: html`<p class="lead">${t.messages[name].text}</p>${actions(first(t), ...others.map((way) => way(t)))}`,
    }),
    ...(retryAfterSeconds === undefined
      ? {}
      : { headers: { 'retry-after': String(retryAfterSeconds) } }),
  };
}

/** The request named another host. */
export function wrongHost(received: string, expected: string): Page {
  return {
    status: 421,
    content: ({ wrongHost }) => ({
      title: wrongHost.title,
      body: html`<p class="lead">${wrongHost.text(received, expected)}</p>`,
    }),
  };
}

/**
 * Too many wrong passwords. `closed`: only a new one helps, or a browser that the account knows. `resetHref`: where people
 * get a new one by mail; default nowhere, so an administrator is asked.
 */
export function limited({
  by,
  retryAfterSeconds,
  resetHref,
}: {
  readonly by: 'address' | 'account' | 'closed';
  readonly retryAfterSeconds: number;
  readonly resetHref?: string | undefined;
}): Page {
  const minutes = Math.ceil(retryAfterSeconds / 60);
  return {
    status: 429,
    content: (t) => {
      if (by !== 'closed') return limitedPage(t, t.limited.text(minutes));
      if (resetHref === undefined) return limitedPage(t, t.limited.closed);
      return limitedPage(t, t.limited.closedUntilReset, {
        label: t.limited.reset,
        href: resetHref,
      });
    },
    headers: { 'retry-after': String(retryAfterSeconds) },
  };
}

function limitedPage(t: Catalogue, text: string, way?: Action): PageContent {
  const ways = way === undefined ? actions(home(t)) : actions(way, home(t));
  return { title: t.limited.title, body: html`<p class="lead">${text}</p>${ways}` };
}

/** Nobody is let on into a shared app at present; `href` begins once more. */
export function pausedSignIn(app: ShownApp, href: string): Page {
  return {
    status: 503,
    content: (t) => ({
      title: t.paused.title,
      above: appIcon(app),
      body: html`<p class="lead">${t.paused.text(app.title)}</p>${actions({ label: t.actions.tryAgain, href }, home(t))}`,
    }),
    headers: { 'retry-after': '600' },
  };
}
