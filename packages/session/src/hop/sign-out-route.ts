import { onwardPage } from '../answers/onward-page.ts';
import { jsonAnswer } from '../answers/program-answers.ts';
import { refusalPage } from '../answers/refusal-page.ts';
import type { CookieScope } from '../cookie/serialize.ts';
import { hasCode } from '../errors.ts';
import type { OpenSession } from '../http/http-exchange.ts';
import { isNavigation } from '../http/navigation.ts';
import type { Sessions } from '../lifecycle/sessions.ts';
import { mayHaveEffect, requestOrigin } from '../request-guard/unsafe-request.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import { type AskCookie, createAskCookie } from './ask-cookie.ts';
import { hopTo, only, wrongMethod } from './hop-answers.ts';

/** Where an app leads after a sign-out; the same on every app host. */
export const signedOutPath = '/_latchkey/signed-out';
/** The login host's page that says who is signed in after a sign-out, and takes tickets. */
export const loginSignedOutPath = '/signed-out';
/** Parameter with the login host's ticket: the browser brings it there. */
export const ticketParameter = 'ticket';

/** What signing out needs of an app, whatever its reach. */
export interface SignOutRouteOptions {
  /** Its name in the family. */
  readonly app: string;
  readonly origin: string;
  readonly loginHost: string;
  readonly cookie: CookieScope;
  readonly sessions: Pick<Sessions, 'signOut'>;
}

/** `/sign-out` and the page after it. */
export interface SignOutRoute {
  /**
   * `/sign-out`: GET shows a button, POST of the app's own pages ends the sign-in everywhere. Navigations are led on to
   * {@link signedOutPath}; programs and background requests get JSON that names it as `next`, since a redirect to another
   * origin fails there.
   */
  signOut(request: Request, opened: OpenSession): Promise<Response>;
  /** `GET /_latchkey/signed-out`: goes on to the login host by itself; where that could not be reached, says so instead. */
  signedOut(request: Request, session: SessionObject): Response;
  /** Set after a sign-out that the login host did not confirm: then the next hop asks for the password. */
  readonly ask: AskCookie;
}

export function createSignOutRoute(options: SignOutRouteOptions): SignOutRoute {
  const ask = createAskCookie(options.cookie, options.app);
  const parts = { ...options, ask };
  return {
    ask,
    signOut: (request, opened) => signOut(parts, request, opened.session),
    signedOut: (request, session) => signedOut(parts, request, session),
  };
}

type SignOutParts = SignOutRouteOptions & Pick<SignOutRoute, 'ask'>;

async function signOut(
  { ask, origin, sessions }: SignOutParts,
  request: Request,
  session: SessionObject,
): Promise<Response> {
  if (request.method === 'GET' || request.method === 'HEAD') return refusalPage('confirm-sign-out');
  if (request.method !== 'POST') return wrongMethod('GET, HEAD, POST');
  if (!mayHaveEffect(requestOrigin(request), [origin])) return refusalPage('cross-site');
  const next = new URL(signedOutPath, origin);
  try {
    const ticket = await sessions.signOut(session);
    if (ticket !== null) next.searchParams.set(ticketParameter, ticket);
  } catch (error) {
    if (!hasCode(error, 'login_host_unavailable')) throw error;
    session.stageCookie(ask.name, ask.setLine);
  }
  if (isNavigation(request.headers)) return hopTo(next.href);
  return jsonAnswer({ signedIn: false, next: next.href });
}

function signedOut(
  { app, ask, origin, loginHost }: SignOutParts,
  request: Request,
  session: SessionObject,
): Response {
  if (request.method !== 'GET' && request.method !== 'HEAD') return wrongMethod('GET, HEAD');
  // Back, after signing in again.
  if (session.signedIn) return hopTo(`${origin}/`);
  const ticket = only(new URL(request.url), ticketParameter);
  const isAway = ask.isSet(request.headers.get('cookie') ?? undefined);
  if (ticket === null && isAway) return refusalPage('signed-out-here');
  const onward = new URL(loginSignedOutPath, loginHost);
  onward.searchParams.set('app', app);
  if (ticket !== null) onward.searchParams.set(ticketParameter, ticket);
  return onwardPage({
    to: onward.href,
    title: 'Signing out',
    text: 'You are being led to the login host, which signs this browser out as well.',
  });
}
