// Owns the pages and short texts that an app answers by itself: refusals, a page that goes
// on by itself, JSON for programs. When one is due is decided in `app/`, `hop/` and
// `adapters/`.

import type { CsrfRefusal } from '../event-reasons.ts';
import { escapeMarkup, plainPage } from './plain-page.ts';

/** Why an app shows a page of Latchkey's own. */
export type RefusalReason =
  | 'link-unusable'
  | 'link-not-followed'
  | 'no-access'
  | 'cookie-not-kept'
  | 'session-not-found'
  | 'bad-destination'
  | 'cross-site'
  | 'unsafe-request'
  | 'not-found'
  | 'method'
  | 'wrong-host'
  | 'unavailable'
  | 'not-ahead'
  | 'login-host-away'
  | 'signed-out-here'
  | 'confirm-sign-out';

interface Refusal {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  readonly way: string;
}

const tryAgain = '<a href="/sign-in">Sign in again</a> <a href="/">Home page</a>';
const home = '<a href="/">Home page</a>';

/** All texts are fixed: nothing from a request is ever shown, so there is nothing to escape. */
const refusals: Readonly<Record<RefusalReason, Refusal>> = {
  'link-unusable': {
    status: 400,
    title: 'This sign-in link cannot be used',
    text: 'It was used before, has run out, or was made for another browser. Nothing has changed: if you were signed in here, you still are.',
    way: tryAgain,
  },
  'link-not-followed': {
    status: 400,
    title: 'This link cannot be used',
    text: 'It was used before, has run out, was made for another browser, or belongs to a sign-in that has ended. Nothing has changed: if you were signed in here, you still are.',
    way: home,
  },
  'no-access': {
    status: 403,
    title: 'No access to this app',
    text: 'You are signed in, but your account has no access to this app. An administrator can grant it.',
    way: `${home}<form method="post" action="/sign-out"><button>Sign out</button></form>`,
  },
  'cookie-not-kept': {
    status: 400,
    title: 'Your browser does not keep this app’s cookie',
    text: 'You came back from signing in several times, and each time your browser had dropped the session cookie. Allow cookies for this site, check the clock of your device, or ask the administrator to run “latchkey doctor”.',
    way: tryAgain,
  },
  'session-not-found': {
    status: 400,
    title: 'Signing in does not last here',
    text: 'You came back from signing in several times, and each time your session could not be found afterwards. Try again in a moment; if it stays so, ask the administrator to run “latchkey doctor”.',
    way: tryAgain,
  },
  'bad-destination': {
    status: 400,
    title: 'That is not a page of this app',
    text: 'The address to go back to after signing in must be a page of this app.',
    way: tryAgain,
  },
  'cross-site': {
    status: 403,
    title: 'This was asked for by another site',
    text: 'Signing in and out is done on this app’s own pages.',
    way: home,
  },
  'unsafe-request': {
    status: 403,
    title: 'This could not be accepted',
    text: 'It was not clear that it came from a page of this app. Perhaps the page had been open for long, or since before you signed in or out. Nothing was done: go back, load the page again, and try once more.',
    way: home,
  },
  'not-found': { status: 404, title: 'There is no such page', text: '', way: home },
  method: { status: 405, title: 'This cannot be done here', text: '', way: home },
  'wrong-host': {
    status: 421,
    title: 'This app has another address',
    text: 'The request was made to a host name that this app does not answer to.',
    way: '',
  },
  unavailable: {
    status: 503,
    title: 'Sessions cannot be read at the moment',
    text: 'Please try again in a moment.',
    way: home,
  },
  'not-ahead': {
    status: 503,
    title: 'This is not fetched ahead',
    text: 'The browser asked for it before anybody did.',
    way: home,
  },
  'login-host-away': {
    status: 503,
    title: 'Signing in is not possible at the moment',
    text: 'The login host cannot be reached. Nothing has changed here; please try again in a moment.',
    way: tryAgain,
  },
  'signed-out-here': {
    status: 200,
    title: 'Signed out',
    text: 'You are signed out of this app and of every app that shares its sessions. The login host could not be reached; the other apps will follow as soon as it is back.',
    way: home,
  },
  'confirm-sign-out': {
    status: 200,
    title: 'Sign out?',
    text: 'This signs you out of every app.',
    way: `<form method="post" action="/sign-out"><button>Sign out</button></form> ${home}`,
  },
};

/** The plain page for a reason, with its status, a few words and a way on. */
export function refusalPage(reason: RefusalReason): Response {
  const { status, title, text, way } = refusals[reason];
  const headers: Record<string, string> = status === 503 ? { 'retry-after': '2' } : {};
  return plainPage({ status, title, text, way, headers });
}

/** The 421 for a request to another host than the one of `origin`. Names both: most often a proxy passed on another one. */
export function wrongHostPage(received: string | undefined, origin: string): Response {
  const { status, title, way } = refusals['wrong-host'];
  const given = escapeMarkup((received ?? '').slice(0, 255));
  const { host } = new URL(origin);
  const text = `The request was made to “${given}”, and this app answers to “${host}”. Behind a proxy: pass the Host header on as it came.`;
  return plainPage({ status, title, text, way });
}

/** The 403 for an unsafe request that was refused: the page, or for programs JSON with the reason. */
export function unsafeRefusal(reason: CsrfRefusal, accept: string | undefined): Response {
  if (!wantsJson(accept)) return refusalPage('unsafe-request');
  return new Response(JSON.stringify({ error: 'csrf_refused', reason }), {
    status: 403,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
}

/** Whether an `Accept` header asks for JSON and not for a page. */
export function wantsJson(accept = ''): boolean {
  return accept.includes('application/json') && !accept.includes('text/html');
}
