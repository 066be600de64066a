import type { SignInDemand } from '../http/http-exchange.ts';
import { isNavigation } from '../http/navigation.ts';

/** Whether a page that needs a sign-in may answer with a redirect: a person opens it, and nothing is sent with it. */
export function isPageRequest({ method, headers }: SignInDemand): boolean {
  return (method === 'GET' || method === 'HEAD') && isNavigation(headers);
}

/** What programs get from a page that needs a sign-in. */
export function notSignedInAnswer(): Response {
  return jsonAnswer({ signedIn: false }, 401);
}

/** The same for somebody who is signed in and may not enter the app. */
export function noAccessAnswer(): Response {
  return jsonAnswer({ signedIn: false, reason: 'no-access' }, 403);
}

/** An answer for programs, kept by no cache. */
export function jsonAnswer(body: Readonly<Record<string, unknown>>, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
}
