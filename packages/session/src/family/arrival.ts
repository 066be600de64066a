import { readCookieValues } from '../cookie/read.ts';
import type { CookieScope } from '../cookie/serialize.ts';
import { parseReturnPath } from '../handshake/destination.ts';
import { openToken, tokenMemorySeconds } from '../handshake/token.ts';
import type { OpenSession } from '../http-exchange.ts';
import type { Platform } from '../platform.ts';
import type { Session } from '../session/session.ts';
import type { SessionStore } from '../session-store.ts';
import type { Sessions } from '../sessions.ts';
import type { FlowCookies } from './flow-cookies.ts';
import { hopTo, only } from './hop-answers.ts';
import { type RefusalReason, refusalPage } from './refusal-page.ts';
import { type FailurePolicy, isRefusedReason, refusedParameter } from './refused-invitation.ts';

/** Where handshakes arrive; the same on every app host. */
export const arrivalPath = '/_latchkey/handshake';
/** Marks an arrival that was sent round once more; see `Arrival.#signIn`. */
const againParameter = 'again';

/** What arrivals at an app need. */
export interface ArrivalOptions {
  readonly app: string;
  readonly origin: string;
  readonly cookie: CookieScope;
  readonly flows: FlowCookies;
  readonly sessions: Sessions;
  readonly store: SessionStore;
  /** Of this app, newest first. */
  readonly tokenKeys: readonly Buffer[];
  readonly platform: Platform;
  /** What becomes of an invitation that was refused on the way. */
  readonly onFailure: FailurePolicy;
  /** The page of an arrival that cannot be used. */
  readonly refusal: RefusalReason;
  /** Whether an arrival may put another account in the place of the one signed in here. */
  readonly maySwitch: boolean;
  /** Told of each arrival that made or kept a session. */
  readonly onArrived: (cookieHeader: string | undefined, session: Session) => void;
}

/** The end of a hop at an app. */
export interface Arrivals {
  /** Answers `GET /_latchkey/handshake`: a session and the clean URL, or a refusal that touches no session. */
  arrive(request: Request, url: URL, opened: OpenSession): Promise<Response>;
  /** Whether the browser sends a session cookie, whatever it opens. */
  bringsSession(cookieHeader: string | undefined): boolean;
  /** An invitation that is not followed: by the policy the clean page all the same, or the page with the cause. */
  turnDown(why: string, path: string): Response;
}

export function createArrivals(options: ArrivalOptions): Arrivals {
  return new Arrival(options);
}

class Arrival implements Arrivals {
  readonly #options: ArrivalOptions;

  constructor(options: ArrivalOptions) {
    this.#options = options;
  }

  async arrive(request: Request, url: URL, opened: OpenSession): Promise<Response> {
    const state = only(url, 'state');
    if (state === null) return this.#refuse('malformed');
    const cookieHeader = request.headers.get('cookie') ?? undefined;
    const returnPath = this.#options.flows.returnPathOf(cookieHeader, state);
    const path = returnPath === null ? null : parseReturnPath(returnPath, this.#options.origin);
    const [token, refused] = [only(url, 'token'), only(url, refusedParameter)];
    const isBoth = url.searchParams.has('token') && url.searchParams.has(refusedParameter);
    if (isBoth || (token ?? refused) === null) return this.#refuse('malformed');
    if (path === null) return this.#refuse('other-browser');
    if (token !== null) return this.#signIn({ token, state, path }, url, cookieHeader, opened);
    return isRefusedReason(refused) ? this.turnDown(refused, path) : this.#refuse('malformed');
  }

  bringsSession(cookieHeader: string | undefined): boolean {
    const { cookie } = this.#options;
    return cookieHeader !== undefined && readCookieValues(cookieHeader, cookie.name, 1).length > 0;
  }

  turnDown(why: string, path: string): Response {
    this.#event(why);
    if (this.#options.onFailure === 'continue') return hopTo(`${this.#options.origin}${path}`);
    return refusalPage(why === 'no-access' ? 'no-access' : 'link-not-followed');
  }

  /** Flow cookie fits; token opens, first use, sign-in live -> new session, clean URL. */
  async #signIn(
    {
      token,
      state,
      path,
    }: { readonly token: string; readonly state: string; readonly path: string },
    url: URL,
    cookieHeader: string | undefined,
    opened: OpenSession,
  ): Promise<Response> {
    const { app, origin, sessions, store, tokenKeys } = this.#options;
    // The store's clock decides, and a process that has just started has not asked it yet.
    await store.ping();
    const ticket = openToken(tokenKeys, token, { app, origin, state }, store.now());
    if (ticket.kind === 'refused') return this.#refuse(ticket.why);
    // The cookie opens nothing: perhaps another tab arrived a moment ago and its answer, with the cookie of the new session,
    // is still on its way. Taking the token now would put a second, empty session over that one.
    const isStale = opened.session.backing() === null && this.bringsSession(cookieHeader);
    if (isStale && !url.searchParams.has(againParameter)) return this.#sendRoundAgain(token, state);
    const here = opened.session.slot();
    if (!this.#options.maySwitch && here !== null && here !== ticket.slot) {
      return this.turnDown('signed-in-here', path);
    }
    const once = { id: ticket.id, seconds: tokenMemorySeconds };
    const outcome = await sessions.signIn(opened.session, ticket.slot, once);
    if (outcome !== 'signed-in') return this.#refuse(outcome);
    this.#options.onArrived(cookieHeader, opened.session);
    return hopTo(`${origin}${path}`);
  }

  #sendRoundAgain(token: string, state: string): Response {
    const url = new URL(arrivalPath, this.#options.origin);
    url.search = new URLSearchParams({ token, state, [againParameter]: '1' }).toString();
    return hopTo(url.href);
  }

  #refuse(why: string): Response {
    this.#event(why);
    return refusalPage(this.#options.refusal);
  }

  #event(reason: string): void {
    const { app, platform } = this.#options;
    platform.onEvent({ type: 'handshake.refused', app, reason });
  }
}
