import { html } from 'hono/html';
import { type Action, actions, quietActions } from './actions.ts';
import type { Html } from './html.ts';
import type { Catalogue } from './languages/en.ts';
import type { Page } from './page.ts';

/** What the page after a sign-out has to tell. */
export interface SignedOutFacts {
  readonly family: string;
  /** Of the sign-in that ended just now; null where none did. Apps are given by their titles. */
  readonly receipt: {
    readonly waiting: readonly string[];
    readonly staying: readonly string[];
    readonly others: number;
  } | null;
  /** Who is signed in in this browser all the same. */
  readonly person: { readonly email: string } | null;
  /** The app that the person came from. */
  readonly app: { readonly name: string; readonly title: string; readonly origin: string } | null;
}

/** The page after a sign-out. It claims no ending that did not happen, and names who is signed in still. */
export function signedOutPage(facts: SignedOutFacts): Page {
  const { family, receipt, person } = facts;
  if (person !== null) return { content: (t) => stillSignedIn(t, facts, person.email) };
  if (receipt !== null) {
    return {
      content: (t) => ({
        title: t.signedOut.title,
        body: html`${ended(t, receipt)}${waysIn(t, facts.app)}${otherSignIns(t, receipt.others, facts.app)}`,
      }),
    };
  }
  return {
    content: (t) => ({
      title: t.signedOut.nobodyTitle,
      body: html`<p class="lead">${t.signedOut.nobody(family)}</p>${waysIn(t, facts.app)}`,
    }),
  };
}

function stillSignedIn(
  t: Catalogue,
  { receipt, app }: SignedOutFacts,
  email: string,
): { title: string; body: Html } {
  return {
    title: t.signedOut.stillTitle,
    body: html`${receipt === null ? '' : html`<p class="lead">${t.signedOut.thatOneEnded}</p>`}
<p class="lead">${t.signedOut.still(email)}</p>
${actions({ label: t.actions.signOut, post: '/sign-out' }, ...backTo(t, app), homePage(t))}`,
  };
}

/** Back to where the person came from stands out, else the way in. */
function waysIn(t: Catalogue, app: SignedOutFacts['app']): Html {
  const returnTo = app === null ? '' : `?return_to=${encodeURIComponent(`${app.origin}/`)}`;
  const signIn = { label: t.actions.signIn, href: `/sign-in${returnTo}` };
  const [back] = backTo(t, app);
  return back === undefined ? actions(signIn, homePage(t)) : actions(back, signIn);
}

function backTo(t: Catalogue, app: SignedOutFacts['app']): readonly Action[] {
  return app === null ? [] : [{ label: t.actions.backTo(app.title), href: `${app.origin}/` }];
}

function homePage(t: Catalogue): Action {
  return { label: t.actions.home, href: '/' };
}

function ended(
  t: Catalogue,
  { waiting, staying, others }: NonNullable<SignedOutFacts['receipt']>,
): Html {
  const { signedOut } = t;
  const told = html`${waiting.length === 0 ? '' : html`<p class="lead">${signedOut.onTheirWay(waiting)}</p>`}${staying.length === 0 ? '' : html`<p class="alert">${signedOut.staying(staying)}</p>`}`;
  if (others === 0) {
    const isAll = waiting.length === 0 && staying.length === 0;
    return html`<p class="lead">${isAll ? signedOut.everywhere : signedOut.everywhereElse}</p>${told}`;
  }
  return html`<p class="lead">${signedOut.thisBrowser}</p>${told}`;
}

/** Below the ways on: what else the account has, and how to end it. */
function otherSignIns(
  { signedOut }: Catalogue,
  others: number,
  app: SignedOutFacts['app'],
): Html | '' {
  if (others === 0) return '';
  const query = app === null ? '' : `?app=${app.name}`;
  return html`<div class="aside"><p class="lead">${signedOut.others(others)}</p>
${quietActions({ label: signedOut.endOthers, post: `/signed-out${query}` })}</div>`;
}
