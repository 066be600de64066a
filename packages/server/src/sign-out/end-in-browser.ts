import type { LoginSessions } from '../browser/sessions.ts';
import type { Visitor } from '../browser/visitor.ts';
import type { SignInEndings } from './end-sign-in.ts';

/** Whose sign-ins end, and up to when they were proved. */
export interface BrowserEnding {
  readonly accountId: string;
  /** Milliseconds since 1970. */
  readonly moment: number;
}

/** What is asked of a sign-in that lives by SQL. */
export interface LiveSignIn {
  readonly id: string;
  readonly accountId: string;
  readonly provedAt: number;
}

/** What {@link endInBrowser} needs. */
export interface EndInBrowserDeps {
  readonly sessions: LoginSessions;
  readonly recognise: (request: Request) => Promise<Visitor>;
  readonly signIns: { readonly findLive: (id: string) => Promise<LiveSignIn | null> };
  readonly endSignIn: SignInEndings['endSignIn'];
}

/**
 * Signed out in one app means so in the whole browser: its sign-ins of that account proved until then end too, also where the
 * app knew another one of them. Later ones and other accounts' stay. Gives the cookie lines for the answer: what ended is
 * dropped, and the next sign-in is not silent, unless somebody has proved who they are since. Rejects with
 * `store_unavailable`.
 */
export async function endInBrowser(
  deps: EndInBrowserDeps,
  request: Request,
  ending: BrowserEnding,
): Promise<readonly string[]> {
  const { own, shared, ask } = deps.sessions;
  const { opened, session, person } = await deps.recognise(request);
  const sharedSession =
    shared === null
      ? null
      : (await shared.open(request.headers.get('cookie') ?? undefined)).session;
  const isOwnEnded = await endIf(deps, session.signInRecord?.id, ending);
  const isSharedEnded = await endIf(deps, sharedSession?.signInRecord?.id, ending);
  const isGone = isOwnEnded || person === null;
  const lines = isGone ? await own.clearLinesFor(session) : await opened.commit();
  const isProvedSince = person !== null && !isOwnEnded && person.provedAt > ending.moment;
  return [
    ...lines,
    ...(isSharedEnded && shared !== null ? shared.clearLines : []),
    ...(isProvedSince ? [] : [ask.setLine]),
  ];
}

/** Whether this sign-in is one of those, and ended now. */
async function endIf(
  deps: EndInBrowserDeps,
  signInId: string | undefined,
  { accountId, moment }: BrowserEnding,
): Promise<boolean> {
  const signIn = signInId === undefined ? null : await deps.signIns.findLive(signInId);
  if (signIn === null || signIn.accountId !== accountId || signIn.provedAt > moment) return false;
  await deps.endSignIn({ signInId: signIn.id, cause: 'sign-out' });
  return true;
}
