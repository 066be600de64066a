import type { Family, FamilyMember } from '@latchkey/session';
import {
  isPrefetch,
  loginSignedOutPath,
  mayHaveEffect,
  onwardPage,
  requestOrigin,
  ticketParameter,
} from '@latchkey/session/parts';
import { seeOther, single } from '../browser/return-to.ts';
import { messages } from '../pages/messages.ts';
import type { PageMaker } from '../pages/page.ts';
import { appTitles } from '../pages/shown-app.ts';
import { signedOutPage } from '../pages/signed-out-page.ts';
import { type EndInBrowserDeps, endInBrowser } from './end-in-browser.ts';
import type { SignInEndings } from './end-sign-in.ts';
import type { OutcomeCookie } from './outcome-cookie.ts';
import type { Receipt } from './receipt.ts';
import type { Tickets } from './tickets.ts';

/** What the page after a sign-out needs. */
export interface SignedOutDeps extends EndInBrowserDeps {
  readonly family: Family;
  readonly page: PageMaker;
  readonly tickets: Pick<Tickets, 'take'>;
  readonly outcome: OutcomeCookie;
  readonly receiptOf: (signInId: string) => Promise<Receipt | null>;
  readonly endSignInsOfAccount: SignInEndings['endSignInsOfAccount'];
}

/**
 * `GET /signed-out?app&ticket`: the browser of somebody who signed out in an app brings the ticket that the app was given.
 * Taken, it ends that account's sign-ins in this browser (`end-in-browser.ts`); used, run out, forged or absent, it changes
 * nothing. Either way the page follows at an address without it.
 */
export async function signedOut(deps: SignedOutDeps, request: Request): Promise<Response> {
  if (isPrefetch(request.headers)) return deps.page(messages.notAhead);
  const { searchParams } = new URL(request.url);
  const name = single(searchParams, 'app');
  const app = deps.family.apps.get(name ?? '') ?? null;
  if (!searchParams.has(ticketParameter)) return show(deps, request, app);
  const clean = new URL(loginSignedOutPath, deps.family.loginHost.origin);
  if (app !== null) clean.searchParams.set('app', app.name);
  const ticket = single(searchParams, ticketParameter) ?? '';
  // HEAD would use it up.
  const taken = request.method === 'GET' ? await deps.tickets.take(ticket) : null;
  if (taken === null) return seeOther(clean.href);
  const lines = await endInBrowser(deps, request, taken);
  const outcome = deps.outcome.line({ signInId: taken.signInId, next: null });
  return seeOther(clean.href, [...lines, outcome]);
}

/**
 * `POST /signed-out`: who signed out in this browser just now ends what other sign-ins the account has. The login host cannot
 * tell whether one of them is this browser's: a cookie of an app on another site is all that would say so.
 */
export async function endOthers(deps: SignedOutDeps, request: Request): Promise<Response> {
  const { family, page } = deps;
  const { origin } = family.loginHost;
  if (!mayHaveEffect(requestOrigin(request), [origin])) return page(messages.crossSite);
  const signInId = deps.outcome.read(request)?.signInId ?? null;
  const receipt = signInId === null ? null : await deps.receiptOf(signInId);
  if (receipt !== null) await deps.endSignInsOfAccount(receipt.accountId, 'revoked-by-person');
  const { search } = new URL(request.url);
  return seeOther(`${origin}${loginSignedOutPath}${search}`);
}

/** Says who is signed in in this browser, and of a sign-out just now what became of it. */
async function show(
  deps: SignedOutDeps,
  request: Request,
  app: FamilyMember | null,
): Promise<Response> {
  const { opened, person } = await deps.recognise(request);
  const outcome = deps.outcome.read(request);
  const signInId = outcome?.signInId ?? null;
  const receipt = signInId === null ? null : await deps.receiptOf(signInId);
  const cookies = await opened.commit();
  if (outcome !== null && outcome.next !== null) {
    const answer = onwardPage({ to: outcome.next, text: 'You are led back to the app.' });
    const staying = deps.outcome.line({ ...outcome, next: null });
    for (const line of [...cookies, staying]) answer.headers.append('set-cookie', line);
    return answer;
  }
  const { name: family } = deps.family;
  const titleOf = appTitles(deps.family);
  const told = receipt && {
    ...receipt,
    waiting: receipt.waiting.map(titleOf),
    staying: receipt.staying.map(titleOf),
  };
  return deps.page({ ...signedOutPage({ family, receipt: told, person, app }), cookies });
}
