import { readCookiesUnder, readCookieValues } from '../cookie/read.ts';
import { type CookieScope, setCookieLine } from '../cookie/serialize.ts';
import { hasCode } from '../errors.ts';
import { parseReturnPath } from '../handshake/destination.ts';
import {
  createFlowValue,
  createState,
  flowSeconds,
  isFlowValue,
  openState,
} from '../handshake/flow.ts';
import { openToken, tokenMemorySeconds } from '../handshake/token.ts';
import type { OpenSession, SignInDemand } from '../http-exchange.ts';
import type { Platform } from '../platform.ts';
import { mayHaveEffect, requestOrigin } from '../request-guard/unsafe-request.ts';
import type { Session } from '../session/session.ts';
import type { SessionStore } from '../session-store.ts';
import type { Sessions } from '../sessions.ts';
import type { FamilyMember } from './family.ts';
import { createHopCount, type HopCount } from './hop-count.ts';
import { type RefusalReason, refusalPage, wantsJson } from './refusal-page.ts';

/** What the routes of an app of reach `shared` or `handshake` need. */
export interface AppRoutesOptions {
  readonly member: FamilyMember & { readonly cookie: CookieScope };
  readonly loginHost: string;
  readonly sessions: Sessions;
  readonly store: SessionStore;
  /** Newest first. */
  readonly tokenKeys: readonly Buffer[];
  readonly platform: Platform;
}

/** Latchkey's own routes in an app: `/sign-in`, `/sign-out`, `/_latchkey/handshake`. */
export interface AppRoutes {
  owns(path: string): boolean;
  respond(request: Request, opened: OpenSession): Promise<Response>;
  demandSignIn(demand: SignInDemand, session: Session): Response | null;
  /** To be called with each session that a request opened: a hop that led to one was no loop. */
  noteOpened(cookieHeader: string | undefined, session: Session): void;
}

/** Where handshakes arrive; the same on every app host. */
export const arrivalPath = '/_latchkey/handshake';
/** Marks an arrival that was sent round once more; see `Routes.#arrive`. */
const againParameter = 'again';

/** Flow cookies that are looked at: as many tabs as a browser may open at once when it is started. */
const maxFlows = 64;
const flowTagPattern = /^[A-Za-z0-9_-]{8}$/;

/** Headers of every answer in a hop: the next page must not learn this URL, nor a cache keep it. */
const hopHeaders = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } as const;

export function createAppRoutes(options: AppRoutesOptions): AppRoutes {
  return new Routes(options);
}

class Routes implements AppRoutes {
  readonly #options: AppRoutesOptions;
  /** Its name is what the names of all flow cookies begin with. */
  readonly #flowCookie: CookieScope;
  readonly #hops: HopCount;

  constructor(options: AppRoutesOptions) {
    const { cookie, name } = options.member;
    this.#options = options;
    this.#hops = createHopCount(cookie, name);
    this.#flowCookie = {
      name: `${cookie.secure ? '__Host-' : ''}latchkey_flow_${name}_`,
      domain: null,
      secure: cookie.secure,
      sameSite: 'lax',
    };
  }

  owns(path: string): boolean {
    return path === '/sign-in' || path === '/sign-out' || path.startsWith('/_latchkey/');
  }

  async respond(request: Request, opened: OpenSession): Promise<Response> {
    const url = new URL(request.url);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (url.pathname === '/sign-in') {
      return isRead ? this.#signIn(request, url, opened.session) : wrongMethod('GET, HEAD');
    }
    if (url.pathname === '/sign-out') return this.#signOut(request, opened);
    if (url.pathname !== arrivalPath) return refusalPage('not-found');
    // HEAD would use the token up, and POST could be sent by any site's form.
    return request.method === 'GET' ? this.#arrive(request, url, opened) : wrongMethod('GET');
  }

  noteOpened(cookieHeader: string | undefined, session: Session): void {
    if (session.signInRecord !== null) this.#hops.reset(cookieHeader, session);
  }

  #signIn(request: Request, url: URL, session: Session): Response {
    const wanted = url.searchParams.getAll('return_to');
    const path = wanted.length === 0 ? '/' : parseReturnPath(wanted[0] ?? '', this.#origin);
    if (path === null || wanted.length > 1) return refusalPage('bad-destination');
    if (session.signedIn) return redirect(`${this.#origin}${path}`);
    return this.#startHop(request.headers.get('cookie') ?? undefined, path, session);
  }

  demandSignIn(demand: SignInDemand, session: Session): Response | null {
    if (session.signedIn) return null;
    if (session.access === 'denied') return refusalPage('no-access');
    const isPage =
      (demand.method === 'GET' || demand.method === 'HEAD') && !wantsJson(demand.accept);
    if (!isPage) {
      return new Response('{"signedIn":false}', {
        status: 401,
        headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      });
    }
    const path = parseReturnPath(demand.path, this.#origin) ?? '/';
    return this.#startHop(demand.cookieHeader, path, session);
  }

  /** To the login host, with a flow cookie that only this browser has. */
  #startHop(cookieHeader: string | undefined, returnPath: string, session: Session): Response {
    if (this.#hops.isLooping(cookieHeader)) return this.#stopLoop(cookieHeader, session);
    const { loginHost, member } = this.#options;
    const [tag, value] = this.#flowOf(cookieHeader);
    const hop = new URL('/handshake', loginHost);
    hop.searchParams.set('app', member.name);
    hop.searchParams.set('return_to', returnPath);
    hop.searchParams.set('state', createState(value, member.name, returnPath));
    const answer = redirect(hop.href);
    const scope = { ...this.#flowCookie, name: `${this.#flowCookie.name}${tag}` };
    answer.headers.append('set-cookie', setCookieLine(scope, value, flowSeconds));
    return answer;
  }

  /**
   * The flow that this browser has already, or a new one. Tabs that start at once know nothing of each other: under one
   * name the last answer would take the flow of the others away, so each new flow has a name of its own.
   */
  #flowOf(cookieHeader: string | undefined): readonly [tag: string, value: string] {
    const { randomBytes } = this.#options.platform;
    const known = this.#flows(cookieHeader).find(
      ([tag, value]) => flowTagPattern.test(tag) && isFlowValue(value),
    );
    return known ?? [randomBytes(6).toString('base64url'), createFlowValue(randomBytes)];
  }

  #stopLoop(cookieHeader: string | undefined, session: Session): Response {
    const reason = this.#bringsSession(cookieHeader) ? 'session-not-found' : 'cookie-not-kept';
    this.#refusedEvent(reason);
    this.#hops.reset(cookieHeader, session);
    return refusalPage(reason);
  }

  /** The way back: flow cookie fits, token opens, first use, sign-in live -> new session, clean URL. */
  async #arrive(request: Request, url: URL, opened: OpenSession): Promise<Response> {
    const cookieHeader = request.headers.get('cookie') ?? undefined;
    const [token, state] = [only(url, 'token'), only(url, 'state')];
    if (token === null || state === null) return this.#refuse('malformed');
    const { member, sessions, store, tokenKeys } = this.#options;
    const flowValues = this.#flows(cookieHeader).map(([, value]) => value);
    const returnPath = openState(state, member.name, flowValues);
    const path = returnPath === null ? null : parseReturnPath(returnPath, this.#origin);
    if (path === null) return this.#refuse('other-browser');
    const binding = { app: member.name, origin: this.#origin, state };
    const ticket = openToken(tokenKeys, token, binding, store.now());
    if (ticket.kind === 'refused') return this.#refuse(ticket.why);
    // The cookie opens nothing: perhaps another tab arrived a moment ago and its answer, with the cookie of the new session,
    // is still on its way. Taking the token now would put a second, empty session over that one.
    const isStale = opened.session.backing() === null && this.#bringsSession(cookieHeader);
    if (isStale && !url.searchParams.has(againParameter)) return this.#sendRoundAgain(token, state);
    const once = { id: ticket.id, seconds: tokenMemorySeconds };
    const outcome = await sessions.signIn(opened.session, ticket.slot, once);
    if (outcome !== 'signed-in') return this.#refuse(outcome);
    this.#hops.countArrival(cookieHeader, opened.session);
    return redirect(`${this.#origin}${path}`);
  }

  #sendRoundAgain(token: string, state: string): Response {
    const url = new URL(arrivalPath, this.#origin);
    url.search = new URLSearchParams({ token, state, [againParameter]: '1' }).toString();
    return redirect(url.href);
  }

  #bringsSession(cookieHeader: string | undefined): boolean {
    const { cookie } = this.#options.member;
    return cookieHeader !== undefined && readCookieValues(cookieHeader, cookie.name, 1).length > 0;
  }

  async #signOut(request: Request, opened: OpenSession): Promise<Response> {
    if (request.method === 'GET' || request.method === 'HEAD')
      return refusalPage('confirm-sign-out');
    if (request.method !== 'POST') return wrongMethod('GET, HEAD, POST');
    if (!mayHaveEffect(requestOrigin(request), [this.#origin])) return refusalPage('cross-site');
    this.#hops.reset(request.headers.get('cookie') ?? undefined, opened.session);
    try {
      await opened.session.signOut();
    } catch (error) {
      if (!hasCode(error, 'login_host_unavailable')) throw error;
      return refusalPage('signed-out-here');
    }
    return redirect(`${this.#origin}/`);
  }

  get #origin(): string {
    return this.#options.member.origin;
  }

  #flows(cookieHeader = ''): readonly (readonly [tag: string, value: string])[] {
    return readCookiesUnder(cookieHeader, this.#flowCookie.name, maxFlows);
  }

  #refuse(why: string): Response {
    this.#refusedEvent(why);
    return refusalPage('link-unusable');
  }

  #refusedEvent(reason: RefusalReason | string): void {
    const { member, platform } = this.#options;
    platform.onEvent({ type: 'handshake.refused', app: member.name, reason });
  }
}

function redirect(location: string): Response {
  return new Response(null, { status: 303, headers: { ...hopHeaders, location } });
}

function wrongMethod(allowed: string): Response {
  const page = refusalPage('method');
  page.headers.set('allow', allowed);
  return page;
}

/** The value of a parameter that stands exactly once. */
function only(url: URL, name: string): string | null {
  const values = url.searchParams.getAll(name);
  return values.length === 1 ? (values[0] ?? null) : null;
}
