import { createHash } from 'node:crypto';
import {
  type AskCookie,
  createHopCount,
  type EndSignInEverywhere,
  type HopCount,
  hasCode,
  isNavigation,
  type OpenSession,
  parseReturnPath,
  readCookieValues,
  refusalPage,
  type Session,
  type SessionStore,
  type Sessions,
  type Slot,
} from '@latchkey/session';
import { buildAuthorizationUrl } from 'openid-client';
import { seeOther, withCookies } from '../answers.ts';
import type { ClientKeys } from '../client-keys.ts';
import type { Issuer } from '../issuer.ts';
import type { ResolvedOptions } from '../options.ts';
import type { AccountIndex } from './account-index.ts';
import { createFlowCookies, type Flow, type FlowCookies, flowSeconds } from './flow-cookies.ts';
import { storeSignIn } from './local-sign-in.ts';
import { type Arrival, redeem } from './redeem.ts';

/** What signing in needs. */
export interface SignInRoutesDeps {
  readonly options: ResolvedOptions;
  readonly issuer: Issuer;
  readonly keys: ClientKeys;
  readonly store: SessionStore;
  readonly sessions: Sessions;
  readonly accounts: AccountIndex;
  /** Set where the next sign-in must not be silent. */
  readonly ask: AskCookie;
  readonly endSignIn: EndSignInEverywhere;
}

/** `/sign-in` and `/_latchkey/callback`. */
export interface SignInRoutes {
  start(request: Request, session: Session): Promise<Response>;
  arrive(request: Request, opened: OpenSession): Promise<Response>;
  /** To be called with each session that was opened: somebody who is known here does not go round in circles. */
  noteOpened(cookieHeader: string | undefined, session: Session): void;
}

/** Stands in the address of an arrival that was sent round once more. */
const againParameter = 'again';

export function createSignInRoutes(deps: SignInRoutesDeps): SignInRoutes {
  const { cookie, clientId, issuer, platform } = deps.options;
  const flows = createFlowCookies({
    cookie,
    key: deps.keys.flow,
    about: `${issuer}\n${clientId}`,
    platform,
  });
  const hops = createHopCount(cookie, clientId);
  const parts = { ...deps, flows, hops };
  return {
    start: (request, session) => start(parts, request, session),
    arrive: (request, opened) => arrive(parts, request, opened),
    noteOpened(cookieHeader, session) {
      if (session.signInRecord !== null) hops.reset(cookieHeader, session);
    },
  };
}

interface Parts extends SignInRoutesDeps {
  readonly flows: FlowCookies;
  readonly hops: HopCount;
}

/** To the login host, with a flow cookie that only this browser has. */
async function start(parts: Parts, request: Request, session: Session): Promise<Response> {
  const { origin, platform } = parts.options;
  const wanted = new URL(request.url).searchParams.getAll('return_to');
  const path = wanted.length === 0 ? '/' : parseReturnPath(wanted[0] ?? '', origin);
  if (path === null || wanted.length > 1) return refusalPage('bad-destination');
  if (session.signedIn) return seeOther(`${origin}${path}`);
  const cookieHeader = request.headers.get('cookie') ?? undefined;
  if (parts.hops.isLooping(cookieHeader)) return stopLoop(parts, cookieHeader, session);
  try {
    const isPage = isNavigation(request.headers);
    const { flow, lines } = parts.flows.begin(cookieHeader, path, isPage);
    return withCookies(seeOther(await authorizationUrl(parts, flow, cookieHeader)), lines);
  } catch (cause) {
    platform.onEvent({ type: 'login-host.unavailable', app: parts.options.clientId, cause });
    return refusalPage('login-host-away');
  }
}

function stopLoop(parts: Parts, cookieHeader: string | undefined, session: Session): Response {
  const reason = bringsSession(parts, cookieHeader) ? 'session-not-found' : 'cookie-not-kept';
  event(parts, reason);
  parts.hops.reset(cookieHeader, session);
  return refusalPage(reason);
}

function bringsSession(parts: Parts, cookieHeader = ''): boolean {
  return readCookieValues(cookieHeader, parts.options.cookie.name, 1).length > 0;
}

async function authorizationUrl(
  parts: Parts,
  flow: Flow,
  cookieHeader: string | undefined,
): Promise<string> {
  const mustAsk = parts.ask.isSet(cookieHeader);
  const url = buildAuthorizationUrl(await parts.issuer.configuration(), {
    redirect_uri: parts.options.redirectUri,
    scope: 'openid profile email',
    state: flow.state,
    nonce: flow.nonce,
    code_challenge: createHash('sha256').update(flow.codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(mustAsk ? { prompt: 'login' } : {}),
  });
  return url.href;
}

/** The way back: flow cookie fits, code redeemed, user known, sign-in stored -> new session, clean URL. */
async function arrive(parts: Parts, request: Request, opened: OpenSession): Promise<Response> {
  const cookieHeader = request.headers.get('cookie') ?? undefined;
  const url = new URL(request.url);
  const names = [...url.searchParams.keys()];
  const state = url.searchParams.get('state');
  if (state === null || new Set(names).size !== names.length) return refuse(parts, 'malformed');
  const flow = parts.flows.find(cookieHeader, state);
  const path = flow === null ? null : parseReturnPath(flow.returnPath, parts.options.origin);
  if (flow === null || path === null) return refuse(parts, 'other-browser');
  // The cookie opens nothing: perhaps another tab arrived a moment ago and its answer, with the cookie of the new session,
  // is still on its way. Going on now would put a second, empty session over that one.
  const isStale = opened.session.backing() === null && bringsSession(parts, cookieHeader);
  if (isStale && !url.searchParams.has(againParameter)) {
    return seeOther(`${parts.options.redirectUri}${url.search}&${againParameter}=1`);
  }
  url.searchParams.delete(againParameter);
  const result = await redeem(parts.issuer, new URL(url.search, parts.options.redirectUri), flow);
  const used = [parts.flows.clearLine(state)];
  if (result.kind === 'unavailable') {
    const { clientId, platform } = parts.options;
    platform.onEvent({ type: 'login-host.unavailable', app: clientId, cause: result.cause });
    return withCookies(refusalPage('login-host-away'), used);
  }
  if (result.kind === 'refused') return withCookies(refuse(parts, result.why), used);
  const why = await enter(parts, opened.session, result.arrival, state);
  if (why !== null) return withCookies(refuse(parts, why), used);
  parts.hops.countArrival(cookieHeader, opened.session);
  const lines = [...used, parts.ask.clearLine];
  return withCookies(seeOther(`${parts.options.origin}${path}`), lines);
}

/** Null when the person is in; else a named reason. */
async function enter(
  parts: Parts,
  session: Session,
  arrival: Arrival,
  state: string,
): Promise<string | null> {
  const { clientId, absoluteSeconds, platform } = parts.options;
  const { store, keys } = parts;
  try {
    await parts.options.findOrCreateUser(arrival.account);
  } catch (cause) {
    if (hasCode(cause, 'store_unavailable')) throw cause;
    platform.onEvent({ type: 'sso.user-refused', app: clientId, cause });
    return 'user-refused';
  }
  const slot = keys.slotOf(arrival.sid);
  const [here, before] = [session.slot(), session.signInRecord];
  const isOther = here !== slot && before?.account.id === arrival.account.id;
  // Of the same person and proved before the one that is here: nothing changes.
  if (isOther && arrival.provedAt < before.provedAt) return null;
  await parts.accounts.add(arrival.account.id, arrival.sid);
  const { realm } = parts.sessions;
  const place = { store, realm, clientId, absoluteSeconds };
  if ((await storeSignIn(place, slot, arrival)) === 'ended') return 'ended';
  const once = { id: state, seconds: flowSeconds };
  const outcome = await parts.sessions.signIn(session, slot, once);
  if (outcome !== 'signed-in') return outcome;
  if (isOther && here !== null) await endReplaced(parts, here);
  return null;
}

/** Ends the sign-in that a later one of the same person took the place of; told later where the login host is away. */
async function endReplaced({ endSignIn }: Parts, slot: Slot): Promise<void> {
  try {
    await endSignIn(slot, 'replaced');
  } catch (error) {
    if (!hasCode(error, 'login_host_unavailable')) throw error;
  }
}

function refuse(parts: Parts, why: string): Response {
  event(parts, why);
  return refusalPage('link-unusable');
}

function event(parts: Parts, reason: string): void {
  const { clientId, platform } = parts.options;
  platform.onEvent({ type: 'sso.refused', app: clientId, reason });
}
