import { isPageRequest, noAccessAnswer, notSignedInAnswer } from '../answers/program-answers.ts';
import { refusalPage } from '../answers/refusal-page.ts';
import { keysParameter } from '../app-key.ts';
import type { FamilyMember } from '../config/family.ts';
import type { CookieScope } from '../cookie/serialize.ts';
import type { LoopReason } from '../event-reasons.ts';
import { requestedPage, wantedPath } from '../handshake/destination.ts';
import type { FlowDestination } from '../handshake/flow.ts';
import { sourceOf } from '../handshake/invitation.ts';
import { invitationParameter, readInvitedPath } from '../handshake/invitation-parameter.ts';
import { Arrivals, arrivalPath } from '../hop/arrival.ts';
import { askParameter } from '../hop/ask-cookie.ts';
import { createFlowCookies, type FlowCookies } from '../hop/flow-cookies.ts';
import { hopTo, wrongMethod } from '../hop/hop-answers.ts';
import { createHopCount, type HopCount } from '../hop/hop-count.ts';
import type { FailurePolicy } from '../hop/refused-invitation.ts';
import { createSignOutRoute, type SignOutRoute, signedOutPath } from '../hop/sign-out-route.ts';
import type { InvitedRequest, OpenSession, SignInDemand } from '../http/http-exchange.ts';
import { headerOf } from '../http/navigation.ts';
import type { Sessions } from '../lifecycle/sessions.ts';
import type { Platform } from '../platform.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import type { SessionStore, Slot } from '../session-store.ts';

/** What the routes of an app of reach `shared` or `handshake` need. */
export interface AppRoutesOptions {
  readonly member: FamilyMember & { readonly cookie: CookieScope };
  readonly loginHost: string;
  readonly sessions: Sessions;
  readonly store: SessionStore;
  /** Newest first. */
  readonly tokenKeys: readonly Buffer[];
  /** The ids of the app's keys, for the login host to choose one. */
  readonly keyIds: string;
  readonly platform: Platform;
  /** Whether an app of this name may have sent somebody here by a link. */
  readonly isSource: (app: string) => boolean;
  /** What becomes of an invitation that is not followed. */
  readonly onFailure: FailurePolicy;
  /** Ends the sign-in that a later one of the same person has taken the place of in this browser. */
  readonly endReplaced: (slot: Slot) => Promise<void>;
}

/** Latchkey's own routes in an app: `/sign-in`, `/sign-out`, `/_latchkey/handshake`, `/_latchkey/signed-out`. */
export class AppRoutes {
  readonly #options: AppRoutesOptions;
  readonly #flows: FlowCookies;
  readonly #hops: HopCount;
  readonly #arrivals: Arrivals;
  readonly #signOut: SignOutRoute;

  constructor(options: AppRoutesOptions) {
    const { sessions, store, tokenKeys, platform, onFailure } = options;
    const { cookie, name: app, origin } = options.member;
    this.#options = options;
    this.#hops = createHopCount(cookie, app);
    this.#flows = createFlowCookies(cookie, app, platform.randomBytes);
    this.#signOut = createSignOutRoute({
      app,
      origin,
      loginHost: options.loginHost,
      cookie,
      sessions,
    });
    this.#arrivals = new Arrivals({
      app,
      origin,
      cookie,
      flows: this.#flows,
      sessions,
      store,
      tokenKeys,
      platform,
      onFailure,
      refusal: 'link-unusable',
      maySwitch: true,
      onArrived: (cookieHeader, session) => this.#arrived(cookieHeader, session),
      startOver: (cookieHeader, returnPath, session) =>
        this.#startHop(cookieHeader, { returnPath, isSecond: true }, session),
      endReplaced: options.endReplaced,
    });
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
    if (url.pathname === '/sign-out') return this.#signOut.signOut(request, opened);
    if (url.pathname === signedOutPath) return this.#signOut.signedOut(request, opened.session);
    if (url.pathname !== arrivalPath) return refusalPage('not-found');
    // HEAD would use the token up, and POST could be sent by any site's form.
    return request.method === 'GET'
      ? this.#arrivals.arrive(request, url, opened)
      : wrongMethod('GET');
  }

  /** To be called with each session that a request opened: a hop that led to one was no loop. */
  noteOpened(cookieHeader: string | undefined, session: SessionObject): void {
    if (session.signInRecord !== null) this.#hops.reset(cookieHeader, session);
  }

  #signIn(request: Request, url: URL, session: SessionObject): Response {
    const wanted = url.searchParams.getAll('return_to');
    const path = wantedPath(wanted[0], this.#origin);
    if (path === null || wanted.length > 1) return refusalPage('bad-destination');
    if (session.signedIn) return hopTo(`${this.#origin}${path}`);
    const cookieHeader = request.headers.get('cookie') ?? undefined;
    return this.#startHop(cookieHeader, { returnPath: path, isSecond: false }, session);
  }

  demandSignIn(demand: SignInDemand, session: SessionObject): Response | null {
    if (session.signedIn) return null;
    const isDenied = session.access === 'denied';
    if (!isPageRequest(demand)) return isDenied ? noAccessAnswer() : notSignedInAnswer();
    if (isDenied) return refusalPage('no-access');
    const returnPath = requestedPage(demand.path, this.#origin);
    const cookieHeader = headerOf(demand.headers, 'cookie') ?? undefined;
    return this.#startHop(cookieHeader, { returnPath, isSecond: false }, session);
  }

  /** To the login host, with a flow cookie that only this browser has. */
  #startHop(
    cookieHeader: string | undefined,
    destination: FlowDestination,
    session: SessionObject,
  ): Response {
    const loop = this.#hops.stopLoop(cookieHeader, session);
    if (loop !== null) return this.#refuse(loop);
    return this.#hop(cookieHeader, destination, {});
  }

  #arrived(cookieHeader: string | undefined, session: SessionObject): void {
    const { ask } = this.#signOut;
    this.#hops.countArrival(cookieHeader, session);
    if (ask.isSet(cookieHeader)) session.stageCookie(ask.name, ask.clearLine);
  }

  #hop(
    cookieHeader: string | undefined,
    destination: FlowDestination,
    more: Readonly<Record<string, string>>,
  ): Response {
    const { loginHost, member, keyIds } = this.#options;
    const { state, cookieLine } = this.#flows.begin(cookieHeader, destination);
    const hop = new URL('/handshake', loginHost);
    const asked = this.#signOut.ask.isSet(cookieHeader) ? { [askParameter]: '1' } : {};
    const parameters = { app: member.name, state, [keysParameter]: keyIds };
    hop.search = new URLSearchParams({ ...parameters, ...asked, ...more }).toString();
    return hopTo(hop.href, [cookieLine]);
  }

  /**
   * A page with an invitation: nobody signed in here, and it names an app of the family. Whether it is true only the login
   * host can say, which has that app's key; it answers without asking the person anything.
   */
  takeInvitation(request: InvitedRequest, session: SessionObject): Response | null {
    const invited = readInvitedPath(request.path, this.#origin);
    if (invited === null || request.method !== 'GET') return null;
    const { values, cleanPath } = invited;
    if (session.signInRecord !== null) return hopTo(`${this.#origin}${cleanPath}`);
    const [invitation] = values;
    const source = invitation && values.length === 1 ? sourceOf(invitation) : null;
    if (!invitation || source === null || !this.#options.isSource(source)) {
      return this.#arrivals.turnDown('malformed', cleanPath);
    }
    const destination = { returnPath: cleanPath, isSecond: false };
    return this.#hop(request.cookieHeader, destination, { [invitationParameter]: invitation });
  }

  get #origin(): string {
    return this.#options.member.origin;
  }

  #refuse(reason: LoopReason): Response {
    const { member, platform } = this.#options;
    platform.onEvent({ type: 'handshake.refused', app: member.name, reason });
    return refusalPage(reason);
  }
}
