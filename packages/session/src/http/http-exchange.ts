// Owns what a request says (host, client address, kind) and what the head of an answer may say, for every
// framework. This file has the contract between an adapter and an app. Cookies belong to `cookie/`, pages to
// `answers/`.

import type { CsrfRefusal } from '../event-reasons.ts';
import type { MaybePromise } from '../platform.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import type { RequestHeaders } from './navigation.ts';
import type { Connection } from './trusted-proxies.ts';

/** A session opened for one request, and what is left to do before the answer leaves. */
export interface OpenSession {
  readonly session: SessionObject;
  /**
   * Saves what the request changed and returns the `Set-Cookie` lines that the answer must carry. Synchronous when
   * nothing changed. Rejects with `store_unavailable`; then the answer must be a 503. Can be called again. Throws or rejects
   * with `session_data_invalid` where the app stored what cannot be stored. An answer that carries a line must leave private
   * (`makePrivate` of `cache-fields.ts`). With a `head` that invites caches the renewal of a cookie is put off: it stays
   * due for the next answer.
   */
  commit(head?: AnswerHead): MaybePromise<readonly string[]>;
}

/** What is asked of an answer before cookies are given to it. */
export interface AnswerHead {
  /** Whether it says that caches may hand it to others. */
  invitesCaches(): boolean;
}

/** Something with connections, files or timers to free. */
export interface Closable {
  /**
   * Frees what was opened for it: the store that it was given as a URL. A ready store is closed by its maker. To be called
   * when the server has closed; requests that bring a session are answered with 503 afterwards. May be called again.
   */
  close(): Promise<void>;
}

/**
 * What an adapter needs of Latchkey. It knows no framework: an adapter translates a request and a response, calls these
 * and hooks the framework's own "before headers" moment. `packages/session/src/app/` makes them.
 */
export interface AppHandler extends Closable {
  /** The app's configured origin: what request URLs are built on, never the `Host` header. */
  readonly origin: string;
  /** Whether this `Host` header is the app's own. A request to another host is answered with 421. */
  acceptsHost(host: string | undefined): boolean;
  /** Opens the session that a `Cookie` header brings; rejects with `store_unavailable`. */
  open(cookieHeader: string | undefined): MaybePromise<OpenSession>;
  /** Whether {@link respond} answers requests to this path (no query). */
  owns(path: string): boolean;
  /** Answers Latchkey's own routes in an app: `/sign-in`, `/sign-out`, `/_latchkey/…`. */
  respond(request: Request, opened: OpenSession): Promise<Response>;
  /**
   * What a page answers instead of itself when its query carries an invitation of another app: the hop, or its clean URL.
   * Null for every other request. To be asked after {@link owns}, before the app. Absent where no app sends people here.
   */
  takeInvitation?(request: InvitedRequest, session: SessionObject): Response | null;
  /** What a page that needs a sign-in answers instead of itself, or null when the session may enter. */
  demandSignIn(request: SignInDemand, session: SessionObject): Response | null;
  /** The 421 for a request to another host, which names what was received (a `Host` header) and what was expected. */
  wrongHost(received: string | undefined): Response;
  /** The 503 for a request whose session could not be read or saved, because of `cause`; operators are told. */
  unavailable(cause: unknown): Response;
  /** The 403 for an unsafe request that is refused because of `reason`; JSON for programs. Operators are told. */
  refuseUnsafe(reason: CsrfRefusal, accept: string | undefined): Response;
}

/** App handlers by host, for an app that does not say at start where browsers find it. */
export interface HostRouter extends Closable {
  /** The handler of the host that a request was sent to; null where the app has no such host: then it answers 421. */
  at(connection: Connection): AppHandler | null;
}

/** What an adapter serves. */
export type ServedApp = AppHandler | HostRouter;

/** An adapter's result that closes the app that it serves. */
export function closing<T extends object>(result: T, served: ServedApp): T & Closable {
  return Object.assign(result, { close: () => served.close() });
}

/** The parts of a request that decide how a protected page refuses. */
export interface SignInDemand {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly path: string;
  /** Who opens a page gets the hop, programs and requests that a page makes in the background a 401. */
  readonly headers: RequestHeaders;
}

/** The parts of a request that may carry an invitation. */
export interface InvitedRequest {
  readonly method: string;
  /** Path and query as the browser asked for it, where the app is mounted included. */
  readonly path: string;
  /** The raw `Cookie` header. */
  readonly cookieHeader: string | undefined;
  readonly connection: Connection;
}
