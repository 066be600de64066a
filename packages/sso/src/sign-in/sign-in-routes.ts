// Owns the way in by OpenID Connect: to the login host, back with a code, the ID token checked,
// the sign-in stored. Who is asked for a password, and who may enter, is decided by the login
// host.

import { createHash } from 'node:crypto';
import { hasCode, type SessionStore } from '@latchkey/session';
import type { SessionObject, SsoRefusal } from '@latchkey/session/parts';
import {
  type AskCookie,
  bringsCookie,
  createFlowCookies,
  createHopCount,
  type EndSignInEverywhere,
  type FlowCookies,
  type FlowDestination,
  type HopCount,
  hopTo,
  isPrefetch,
  type OpenSession,
  parseReturnPath,
  readState,
  refusalPage,
  type Sessions,
  type Slot,
  wantedPath,
} from '@latchkey/session/parts';
import { buildAuthorizationUrl } from 'openid-client';
import type { ClientKeys } from '../client-keys.ts';
import type { Issuer } from '../issuer.ts';
import type { ResolvedOptions } from '../options.ts';
import type { AccountIndex } from './account-index.ts';
import { type Flow, flowOf } from './flow.ts';
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
  start(request: Request, session: SessionObject): Promise<Response>;
  arrive(request: Request, opened: OpenSession): Promise<Response>;
  /** To be called with each session that was opened: somebody who is known here does not go round in circles. */
  noteOpened(cookieHeader: string | undefined, session: SessionObject): void;
}

/** Seconds a callback that was used is remembered: longer than its code. */
const callbackSeconds = 600;
/** Stands in the address of an arrival that was sent round once more. */
const againParameter = 'again';

export function createSignInRoutes(deps: SignInRoutesDeps): SignInRoutes {
  const { cookie, clientId, platform } = deps.options;
  const flows = createFlowCookies(cookie, clientId, platform.randomBytes);
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

async function start(parts: Parts, request: Request, session: SessionObject): Promise<Response> {
  const { origin } = parts.options;
  const wanted = new URL(request.url).searchParams.getAll('return_to');
  const path = wantedPath(wanted[0], origin);
  if (path === null || wanted.length > 1) return refusalPage('bad-destination');
  if (session.signedIn) return hopTo(`${origin}${path}`);
  const cookieHeader = request.headers.get('cookie') ?? undefined;
  return startHop(parts, { cookieHeader, session }, { returnPath: path, isSecond: false });
}

/** Who asks: what the browser sends, and the session that opens. */
interface Visitor {
  readonly cookieHeader: string | undefined;
  readonly session: SessionObject;
}

/** To the login host, with a flow cookie that only this browser has. */
async function startHop(
  parts: Parts,
  { cookieHeader, session }: Visitor,
  destination: FlowDestination,
): Promise<Response> {
  const { clientId, platform } = parts.options;
  const loop = parts.hops.stopLoop(cookieHeader, session);
  if (loop !== null) {
    event(parts, loop);
    return refusalPage(loop);
  }
  try {
    const begun = parts.flows.begin(cookieHeader, destination);
    return hopTo(await authorizationUrl(parts, flowOf(begun), cookieHeader), [begun.cookieLine]);
  } catch (cause) {
    platform.onEvent({ type: 'login-host.unavailable', app: clientId, cause });
    return refusalPage('login-host-away');
  }
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
  // It would use the code up, for a page that nobody may ever look at.
  if (isPrefetch(request.headers)) return refusalPage('not-ahead');
  const { cookie, origin, redirectUri } = parts.options;
  const found = parts.flows.find(cookieHeader, state);
  const path = found === null ? null : parseReturnPath(found.returnPath, origin);
  const isRefused = url.searchParams.has('error');
  const stale = (why: SsoRefusal) =>
    goOnFrom(parts, { why, state, cookieHeader, opened, isRefused });
  if (found === null || path === null) return stale('other-browser');
  // The cookie opens nothing: perhaps another tab arrived a moment ago and its answer, with the cookie of the new session,
  // is still on its way. Going on now would put a second, empty session over that one.
  const isStale = opened.session.backing() === null && bringsCookie(cookieHeader, cookie.name);
  if (isStale && !url.searchParams.has(againParameter)) {
    return hopTo(`${redirectUri}${url.search}&${againParameter}=1`);
  }
  url.searchParams.delete(againParameter);
  const flow = flowOf({ state, secret: found.secret });
  const result = await redeem(parts.issuer, new URL(url.search, redirectUri), flow);
  if (result.kind === 'unavailable') {
    const { clientId, platform } = parts.options;
    platform.onEvent({ type: 'login-host.unavailable', app: clientId, cause: result.cause });
    return refusalPage('login-host-away');
  }
  if (result.kind === 'refused') {
    return result.why === 'invalid_grant' ? stale(result.why) : refuse(parts, result.why);
  }
  const why = await enter(parts, opened.session, { ...result.arrival, nonce: flow.nonce });
  if (why === 'used') return stale(why);
  if (why !== null) return refuse(parts, why);
  parts.hops.countArrival(cookieHeader, opened.session);
  return hopTo(`${origin}${path}`, [parts.ask.clearLine]);
}

/** A callback that is of no use any more. */
interface StaleCallback {
  readonly why: SsoRefusal;
  readonly state: string;
  readonly cookieHeader: string | undefined;
  readonly opened: OpenSession;
  /** The login host refused: then nothing begins by itself. */
  readonly isRefused: boolean;
}

/**
 * Back, a bookmark, a form that was open for too long: who is signed in here by now goes on to the page that was wanted.
 * Anybody else goes round once more, and no further. The page is the state's own word: this is a link to it, no more.
 */
function goOnFrom(parts: Parts, stale: StaleCallback): Response | Promise<Response> {
  const { why, state, cookieHeader, opened, isRefused } = stale;
  const { origin } = parts.options;
  event(parts, why);
  const said = readState(state);
  const path = said === null ? null : parseReturnPath(said.returnPath, origin);
  if (opened.session.signedIn) return hopTo(`${origin}${path ?? '/'}`);
  if (said === null || said.isSecond || isRefused) return refusalPage('link-unusable');
  const destination = { returnPath: path ?? '/', isSecond: true };
  return startHop(parts, { cookieHeader, session: opened.session }, destination);
}

/** Null when the person is in; else a named reason. */
async function enter(
  parts: Parts,
  session: SessionObject,
  arrival: Arrival & Pick<Flow, 'nonce'>,
): Promise<SsoRefusal | null> {
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
  const once = { id: arrival.nonce, seconds: callbackSeconds };
  const outcome = await parts.sessions.signIn(session, slot, { once });
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

function refuse(parts: Parts, why: SsoRefusal): Response {
  event(parts, why);
  return refusalPage('link-unusable');
}

function event(parts: Parts, reason: SsoRefusal): void {
  const { clientId, platform } = parts.options;
  platform.onEvent({ type: 'sso.refused', app: clientId, reason });
}
