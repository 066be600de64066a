import type { Family, Platform, SessionStore } from '@latchkey/session';
import type { SessionObject } from '@latchkey/session/parts';
import {
  type AskCookie,
  type CookieScope,
  createSessions,
  isUnder,
  loginScopeName,
  type Sessions,
} from '@latchkey/session/parts';
import { createAskNextTime } from './ask-next-time.ts';

/** The sessions that the login host's answers carry. */
export interface LoginSessions {
  /** Its own `__Host-` cookie: the only one it believes. */
  readonly own: Sessions;
  /**
   * The shared cookie, where the login host is under its domain: set at sign-in, so that shared apps know the person
   * without a hop, and cleared at sign-out. Never read as proof. Null where browsers would not take it from here.
   */
  readonly shared: Sessions | null;
  /** Set after an explicit sign-out; every sign-in in {@link LoginSessions.own} clears it. */
  readonly ask: AskCookie;
  /** The shared cookie is not to be set at present, and nobody is let on into a shared app. Sessions that exist live on. */
  readonly isSharedPaused: () => boolean;
}

export interface LoginSessionsOptions {
  readonly store: SessionStore;
  readonly platform: Platform;
  /** As in {@link LoginSessions}. Default: never. */
  readonly isSharedPaused?: () => boolean;
}

export function createLoginSessions(
  family: Family,
  { store, platform, isSharedPaused = () => false }: LoginSessionsOptions,
): LoginSessions {
  const { idleSeconds, absoluteSeconds, remembered, realm } = family;
  const longestSignInSeconds = remembered.absoluteSeconds;
  const common = { realm, idleSeconds, absoluteSeconds, longestSignInSeconds };
  const ask = createAskNextTime(family);
  const own = clearing(
    ask,
    createSessions({
      store,
      platform,
      ...common,
      cookie: family.loginHost.cookie,
      scopeName: loginScopeName,
      former: family.loginHost.former,
      app: null,
    }),
  );
  const member = [...family.apps.values()].find((app) => app.reach === 'shared');
  const domain = family.sharedCookie?.domain ?? null;
  const hostname = new URL(family.loginHost.origin).hostname;
  if (member === undefined || family.sharedCookie === null || domain === null)
    return { own, ask, shared: null, isSharedPaused };
  if (!isUnder(hostname, domain)) return { own, ask, shared: null, isSharedPaused };
  const shared = createSessions({
    store,
    platform,
    ...common,
    cookie: family.sharedCookie,
    scopeName: member.scopeName,
    former: { ...member.former, cookies: sharedBefore(member.former.cookies, hostname) },
    app: null,
  });
  return { own, ask, shared, isSharedPaused };
}

/** Drops what ended, of both cookies; a newer one that this browser was handed meanwhile stays. */
export async function clearLinesOf(
  { own, shared }: Pick<LoginSessions, 'own' | 'shared'>,
  request: Request,
  session: SessionObject,
): Promise<readonly string[]> {
  const lines = await own.clearLinesFor(session);
  if (shared === null) return lines;
  const opened = await shared.open(request.headers.get('cookie') ?? undefined);
  return [...lines, ...(await shared.clearLinesFor(opened.session))];
}

/** Who has just proved who they are was asked. */
function clearing(ask: AskCookie, sessions: Sessions): Sessions {
  const asked = new WeakSet<SessionObject>();
  return {
    ...sessions,
    async open(cookieHeader) {
      const opened = await sessions.open(cookieHeader);
      if (ask.isSet(cookieHeader)) asked.add(opened.session);
      return opened;
    },
    async signIn(session, ...how) {
      const joined = await sessions.signIn(session, ...how);
      if (joined === 'signed-in' && asked.has(session))
        session.stageCookie(ask.name, ask.clearLine);
      return joined;
    },
  };
}

/** The former shared cookies that browsers take and drop at the login host; those of one app's host they do not. */
function sharedBefore(cookies: readonly CookieScope[], hostname: string): readonly CookieScope[] {
  return cookies.filter(({ domain }) => domain !== null && isUnder(hostname, domain));
}
