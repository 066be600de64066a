import { html } from 'hono/html';
import type { Html, Page } from './page.ts';

/** What the page after a sign-out has to tell. */
export interface SignedOutFacts {
  readonly family: string;
  /** Of the sign-in that ended just now; null where none did. */
  readonly receipt: {
    readonly waiting: readonly string[];
    readonly staying: readonly string[];
    readonly others: number;
  } | null;
  /** Who is signed in in this browser all the same. */
  readonly person: { readonly email: string } | null;
  /** The app that the person came from. */
  readonly app: { readonly name: string; readonly origin: string } | null;
}

/** The page after a sign-out. It claims no ending that did not happen, and names who is signed in still. */
export function signedOutPage({ family, receipt, person, app }: SignedOutFacts): Page {
  // One of them stands out: to sign out here too, else to go back to where the person came from.
  const link = (href: string, words: string, isMain = false): Html =>
    html`<a class="${isMain ? 'button' : 'button quiet'}" href="${href}">${words}</a>`;
  const back = (isMain: boolean): Html | '' =>
    app === null ? '' : link(`${app.origin}/`, `Back to ${app.name}`, isMain);
  const home = link('/', 'Home page');
  if (person !== null) {
    return {
      title: 'You are still signed in',
      body: html`${receipt === null ? '' : html`<p>The sign-in that you ended is over in every app.</p>`}
<p>In this browser you are signed in as <strong>${person.email}</strong>.</p>
<form method="post" action="/sign-out"><button>Sign out</button></form>${back(false)}${home}`,
    };
  }
  const returnTo = app === null ? '' : `?return_to=${encodeURIComponent(`${app.origin}/`)}`;
  const signIn = link(`/sign-in${returnTo}`, 'Sign in', app === null);
  const ways = html`${back(true)}${signIn}${app === null ? home : ''}`;
  return receipt === null
    ? {
        title: 'Nobody is signed in',
        body: html`<p>In this browser nobody is signed in at ${family}.</p>${ways}`,
      }
    : { title: 'You are signed out', body: html`${ended(receipt, app)}${ways}` };
}

function ended(
  { waiting, staying, others }: NonNullable<SignedOutFacts['receipt']>,
  app: SignedOutFacts['app'],
): Html {
  const told = html`${onTheirWay(waiting)}${thatStay(staying)}`;
  if (others === 0) {
    return waiting.length === 0 && staying.length === 0
      ? html`<p>You are signed out of every app.</p>`
      : html`<p>You are signed out of every other app.</p>${told}`;
  }
  const query = app === null ? '' : `?app=${app.name}`;
  return html`<p>The sign-in of this browser is over in every app.</p>${told}
<p>Your account has ${others === 1 ? 'one more sign-in' : `${others} more sign-ins`}: in other browsers, or from before in this one, where an app may still know you.</p>
<form method="post" action="/signed-out${query}"><button class="quiet">End the other sign-ins</button></form>`;
}

function onTheirWay(apps: readonly string[]): Html | '' {
  if (apps.length === 0) return '';
  return html`<p>A notice is on its way to ${apps.join(', ')}, which ${apps.length === 1 ? 'keeps a session of its own' : 'keep sessions of their own'}.</p>`;
}

function thatStay(apps: readonly string[]): Html | '' {
  if (apps.length === 0) return '';
  return html`<p class="alert"><strong>You may still be signed in at ${apps.join(', ')}</strong>, which cannot be told. Sign out there as well.</p>`;
}
