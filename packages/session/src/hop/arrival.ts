// Owns an app's part of the way to another host and back: the flow cookie, the arrival, the count that stops loops,
// the way out. What travels is sealed and opened by `handshake/`; whom to ask is decided in `app/` and
// `peer-handshake/`.

import { type RefusalReason, refusalPage } from '../answers/refusal-page.ts';
import { bringsCookie } from '../cookie/read.ts';
import type { CookieScope } from '../cookie/serialize.ts';
import type { HandshakeRefusal, InvitationRefusal } from '../event-reasons.ts';
import { parseReturnPath } from '../handshake/destination.ts';
import { readState } from '../handshake/flow.ts';
import {
  type OpenedToken,
  openToken,
  type RefusedToken,
  tokenMemorySeconds,
} from '../handshake/token.ts';
import type { OpenSession } from '../http/http-exchange.ts';
import type { Sessions } from '../lifecycle/sessions.ts';
import type { Platform } from '../platform.ts';
import { isPrefetch } from '../request-guard/prefetch.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import type { SessionStore, Slot } from '../session-store.ts';
import type { FlowCookies } from './flow-cookies.ts';
import { hopTo, only } from './hop-answers.ts';
import { type FailurePolicy, isRefusedReason } from './refused-invitation.ts';

/** Where handshakes arrive; the same on every app host. */
export const arrivalPath = '/_latchkey/handshake';

/** What a hop comes back to an app with: a token, or why the visitor goes on without a sign-in. */
type ArrivalParameters =
  // `again`: it was sent round once more; see `Arrivals.#signIn`.
  | { readonly token: string; readonly state: string; readonly again?: '1' }
  | { readonly refused: InvitationRefusal; readonly state: string };

/** The URL of an arrival at an app. */
export function arrivalAt(origin: string, parameters: ArrivalParameters): string {
  return `${origin}${arrivalPath}?${new URLSearchParams(parameters)}`;
}

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
  readonly onArrived: (cookieHeader: string | undefined, session: SessionObject) => void;
  /** A hop in place of an arrival that cannot be used. Null where a hop begins with a link alone. */
  readonly startOver: StartOver | null;
  /** Ends the sign-in that a later one of the same person has taken the place of in this browser. */
  readonly endReplaced: (slot: Slot) => Promise<void>;
}

/** Begins a hop that comes back to `path`; should it fail too, no other follows. */
export type StartOver = (
  cookieHeader: string | undefined,
  path: string,
  session: SessionObject,
) => Response;

/** An arrival with a token. */
interface Brought {
  readonly token: string;
  readonly state: string;
  readonly cookieHeader: string | undefined;
  readonly opened: OpenSession;
}

/** One of the browser that began the hop. */
interface Fitting extends Brought {
  readonly path: string;
}

/** The end of a hop at an app. */
export class Arrivals {
  readonly #options: ArrivalOptions;

  constructor(options: ArrivalOptions) {
    this.#options = options;
  }

  /** Answers `GET /_latchkey/handshake`: a session and the clean URL, or a refusal that touches no session. */
  async arrive(request: Request, url: URL, opened: OpenSession): Promise<Response> {
    const state = only(url, 'state');
    if (state === null) return this.#refuse('malformed');
    // It would use the token up, for a page that nobody may ever look at.
    if (isPrefetch(request.headers)) return refusalPage('not-ahead');
    const cookieHeader = request.headers.get('cookie') ?? undefined;
    const flow = this.#options.flows.find(cookieHeader, state);
    const path = flow === null ? null : parseReturnPath(flow.returnPath, this.#options.origin);
    const [token, refused] = [only(url, 'token'), only(url, 'refused')];
    const isBoth = url.searchParams.has('token') && url.searchParams.has('refused');
    if (isBoth || (token ?? refused) === null) return this.#refuse('malformed');
    if (token === null) {
      if (path === null) return this.#refuse('other-browser');
      return isRefusedReason(refused) ? this.turnDown(refused, path) : this.#refuse('malformed');
    }
    const brought = { token, state, cookieHeader, opened };
    if (path !== null) return this.#signIn({ ...brought, path }, url);
    await this.#takeUnused(token, state);
    return this.#goOnFrom(brought, 'other-browser');
  }

  /** An invitation that is not followed: by the policy the clean page all the same, or the page with the cause. */
  turnDown(why: HandshakeRefusal, path: string): Response {
    this.#event(why);
    if (this.#options.onFailure === 'continue') return hopTo(`${this.#options.origin}${path}`);
    return refusalPage(why === 'no-access' ? 'no-access' : 'link-not-followed');
  }

  /** Flow cookie fits; token opens, first use, sign-in live -> new session, clean URL. */
  async #signIn(arrival: Fitting, url: URL): Promise<Response> {
    const { cookie, origin, maySwitch, sessions, store } = this.#options;
    const { token, state, path, cookieHeader, opened } = arrival;
    const { session } = opened;
    const read = await this.#open(token, state);
    if (read.kind === 'refused') {
      return read.why === 'expired' ? this.#goOnFrom(arrival, 'expired') : this.#refuse(read.why);
    }
    // The cookie opens nothing: perhaps another tab arrived a moment ago and its answer, with the cookie of the new session,
    // is still on its way. Taking the token now would put a second, empty session over that one.
    const isStale = session.backing() === null && bringsCookie(cookieHeader, cookie.name);
    if (isStale && !url.searchParams.has('again')) return this.#sendRoundAgain(token, state);
    const once = { id: read.id, seconds: tokenMemorySeconds };
    const here = session.slot();
    const isOther = here !== null && here !== read.slot;
    if (isOther && !maySwitch) {
      await store.takeOnce(read.slot, once);
      return this.turnDown('signed-in-here', path);
    }
    const order = isOther ? await this.#orderOf(read.slot, session) : 'unrelated';
    if (order === 'earlier') {
      await store.takeOnce(read.slot, once);
      return hopTo(`${origin}${path}`);
    }
    const outcome = await sessions.signIn(session, read.slot, { once });
    if (outcome !== 'signed-in') return this.#goOnFrom(arrival, outcome);
    if (here !== null && order === 'later') await this.#options.endReplaced(here);
    this.#options.onArrived(cookieHeader, session);
    return hopTo(`${origin}${path}`);
  }

  /** How the sign-in that arrives stands to the one here: of the same person, and proved before or after it? */
  async #orderOf(
    slot: Slot,
    { signInRecord }: SessionObject,
  ): Promise<'earlier' | 'later' | 'unrelated'> {
    const found = await this.#options.store.readSignIn(slot);
    if (found === null || found.signIn.account.id !== signInRecord?.account.id) return 'unrelated';
    return found.signIn.provedAt < signInRecord.provedAt ? 'earlier' : 'later';
  }

  /**
   * Back, a bookmark, a form that was open for long, a scanner that was here before: who is signed in by now goes on to the
   * page that was wanted. Anybody else goes round once more, and no further. The page is the state's own word: this is a link
   * to it, no more.
   */
  #goOnFrom({ state, cookieHeader, opened }: Brought, why: HandshakeRefusal): Response {
    this.#event(why);
    const { origin, refusal, startOver } = this.#options;
    const said = readState(state);
    const path = said === null ? null : parseReturnPath(said.returnPath, origin);
    if (opened.session.signedIn) return hopTo(`${origin}${path ?? '/'}`);
    if (said === null || said.isSecond || startOver === null) return refusalPage(refusal);
    return startOver(cookieHeader, path ?? '/', opened.session);
  }

  /**
   * Whoever opens the link of another browser can do nothing with it; from now on nobody can, and the browser that it was
   * made for starts over. Where it could not, the token stays good for that one.
   */
  async #takeUnused(token: string, state: string): Promise<void> {
    const { startOver, store } = this.#options;
    if (startOver === null) return;
    const opened = await this.#open(token, state);
    if (opened.kind === 'refused') return;
    await store.takeOnce(opened.slot, { id: opened.id, seconds: tokenMemorySeconds });
  }

  async #open(token: string, state: string): Promise<OpenedToken | RefusedToken> {
    const { app, origin, store, tokenKeys } = this.#options;
    // The store's clock decides, and a process that has just started has not asked it yet.
    await store.ping();
    return openToken(tokenKeys, token, { app, origin, state, now: store.now() });
  }

  #sendRoundAgain(token: string, state: string): Response {
    return hopTo(arrivalAt(this.#options.origin, { token, state, again: '1' }));
  }

  #refuse(why: HandshakeRefusal): Response {
    this.#event(why);
    return refusalPage(this.#options.refusal);
  }

  #event(reason: HandshakeRefusal): void {
    const { app, platform } = this.#options;
    platform.onEvent({ type: 'handshake.refused', app, reason });
  }
}
