import type { Family, Platform } from '@latchkey/session';
import type { SessionObject } from '@latchkey/session/parts';
import { loginSignedOutPath } from '@latchkey/session/parts';
import { seeOther } from '../browser/return-to.ts';
import { clearLinesOf } from '../browser/sessions.ts';
import type { Person } from '../browser/visitor.ts';
import { type EndInBrowserDeps, endInBrowser } from './end-in-browser.ts';
import type { OutcomeCookie } from './outcome-cookie.ts';

/** What {@link signOutHere} needs. */
export interface SignOutHereDeps extends EndInBrowserDeps {
  readonly family: Family;
  readonly platform: Pick<Platform, 'now'>;
  readonly outcome: OutcomeCookie;
}

/**
 * Who is signed in at the login host signs out there, by whichever button: the sign-ins of the account in this browser end, its
 * cookies go, and the page follows that says so. Rejects with `store_unavailable`.
 */
export async function signOutHere(
  deps: SignOutHereDeps,
  request: Request,
  { session, person }: { readonly session: SessionObject; readonly person: Person },
): Promise<Response> {
  const { accountId, signInId } = person;
  await endInBrowser(deps, request, { accountId, moment: deps.platform.now() });
  const lines = await clearLinesOf(deps.sessions, request, session);
  const outcome = deps.outcome.line({ signInId, next: null });
  return seeOther(`${deps.family.loginHost.origin}${loginSignedOutPath}`, [...lines, outcome]);
}
