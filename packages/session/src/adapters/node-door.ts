import type { IncomingMessage, ServerResponse } from 'node:http';
import { refusalPage } from '../answers/refusal-page.ts';
import { type FamilyAppOptions, servedApp } from '../app/family-app.ts';
import { hasCode } from '../errors.ts';
import { makePrivateByDefault } from '../http/cache-fields.ts';
import type { AnswerHead, AppHandler, OpenSession, ServedApp } from '../http/http-exchange.ts';
import { fieldsOf } from '../http/response-head.ts';
import type { Connection } from '../http/trusted-proxies.ts';
import type { MaybePromise } from '../platform.ts';
import type { Session, SessionCarrier } from '../session-object/session.ts';
import { whenAnswered } from './answer-end.ts';
import { type HoldOptions, hookResponse, type ResponseHold } from './hold-response.ts';
import { badRequest, pathOf, sendWebResponse, toWebRequest } from './node-web.ts';
import { createOpenWork, type OpenWork } from './open-work.ts';

/** Marks what an adapter keeps on a request. */
export const openedKey: unique symbol = Symbol('latchkey');

/** A Node request with its session. */
export interface NodeRequest extends IncomingMessage {
  session: Session;
  [openedKey]?: Opened;
}

interface Opened {
  readonly handler: AppHandler;
  readonly session: Session;
}

/** What the requests of one `latchkey(…)` go through. */
export interface Gate {
  readonly served: ServedApp;
  readonly work: OpenWork;
}

/** A gate for what options of an adapter name. */
export function gateOf(options: FamilyAppOptions | ServedApp): Gate {
  return { served: servedApp(options), work: createOpenWork() };
}

/** The host that a request names; in HTTP/2 the authority, which counts before a `Host` header (RFC 9113, 8.3.1). */
export function hostOf({ headers }: IncomingMessage): string | undefined {
  const authority = headers[':authority'];
  return typeof authority === 'string' ? authority : headers.host;
}

/** What a Node request says of where it was sent. */
export function connectionOf(incoming: IncomingMessage): Connection {
  const { socket, headers } = incoming;
  return {
    remoteAddress: socket.remoteAddress,
    encrypted: 'encrypted' in socket && socket.encrypted === true,
    header: (name) => {
      const value = name === 'host' ? hostOf(incoming) : headers[name];
      return Array.isArray(value) ? value.join(',') : value;
    },
  };
}

/**
 * The hop of a request that may bring an invitation, or null. `path`: as the browser asked for it, where the app is mounted
 * included.
 */
export function invitedHop(
  handler: AppHandler,
  incoming: IncomingMessage,
  path: string,
  session: Session,
): Response | null {
  // An invitation stands in the query, and most requests have none.
  if (handler.takeInvitation === undefined || !path.includes('?')) return null;
  const { method = 'GET', headers } = incoming;
  const connection = connectionOf(incoming);
  return handler.takeInvitation(
    { method, path, cookieHeader: headers.cookie, connection },
    session,
  );
}

/**
 * The way of a request in frameworks on node:http: host, session, Latchkey's own routes, then `next`. Outside breakage
 * becomes a 503 here; every other error goes to `fail`.
 */
export function enter(
  { served, work }: Gate,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  next: () => void,
  fail: (error: unknown) => void,
): void {
  const handler = 'at' in served ? served.at(connectionOf(incoming)) : served;
  if (handler === null) {
    answer(refusalPage('wrong-host'), outgoing, fail);
    return;
  }
  if (!handler.acceptsHost(hostOf(incoming))) {
    answer(handler.wrongHost(hostOf(incoming)), outgoing, fail);
    return;
  }
  const visit = new Visit(handler, incoming, outgoing, fail);
  try {
    const opened = handler.open(incoming.headers.cookie);
    if (!(opened instanceof Promise)) visit.go(opened, work, next);
    else opened.then((late) => visit.go(late, work, next)).catch((error) => visit.failed(error));
  } catch (error) {
    visit.failed(error);
  }
}

/** One request with its answer, from entry to end. One object for all that may be asked of it: most is not. */
class Visit implements Opened, SessionCarrier, HoldOptions {
  readonly handler: AppHandler;
  readonly fail: (error: unknown) => void;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  #opened: OpenSession | null = null;
  #hold: ResponseHold | null = null;

  constructor(
    handler: AppHandler,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    fail: (error: unknown) => void,
  ) {
    this.handler = handler;
    this.fail = fail;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  get session(): Session {
    return this.#open().session;
  }

  /** The session is open: Latchkey's own routes, then the app. */
  go(opened: OpenSession, work: OpenWork, next: () => void): void {
    this.#opened = opened;
    this.#hold = hookResponse(this.#outgoing, this);
    const { session } = opened;
    const request = this.#incoming as NodeRequest;
    request.session = session;
    request[openedKey] = this;
    session.attach(this);
    if (this.handler.owns(pathOf(request.url ?? '/'))) {
      this.#serveOwnRoute(opened).catch((error) => this.failed(error));
      return;
    }
    const hop = invitedHop(this.handler, request, wholePathOf(request), session);
    if (hop !== null) {
      answer(hop, this.#outgoing, this.fail);
      return;
    }
    work.note(request, this.#outgoing, session);
    next();
  }

  failed(error: unknown): void {
    const page = this.#outgoing.headersSent ? null : this.outage(error);
    if (page === null) this.fail(error);
    else answer(page, this.#outgoing, this.fail);
  }

  touched(): void {
    this.#hold?.require();
  }

  watched(release: () => void): void {
    whenAnswered(this.#incoming, this.#outgoing, release);
  }

  commit(head: AnswerHead): MaybePromise<readonly string[]> {
    return this.#open().commit(head);
  }

  redirectTo(location: string): string {
    return this.session.redirectTo(location);
  }

  outage(error: unknown): Response | null {
    return hasCode(error, 'store_unavailable') ? this.handler.unavailable(error) : null;
  }

  #open(): OpenSession {
    if (this.#opened === null) throw new Error('The session of this request is not open yet.');
    return this.#opened;
  }

  async #serveOwnRoute(opened: OpenSession): Promise<void> {
    const request = toWebRequest(this.#incoming, this.handler.origin);
    const response = request === null ? badRequest() : await this.handler.respond(request, opened);
    await sendWebResponse(response, this.#outgoing);
  }
}

/** Below a mount point frameworks keep the whole path elsewhere. */
function wholePathOf(incoming: IncomingMessage): string {
  const whole = 'originalUrl' in incoming ? incoming.originalUrl : incoming.url;
  return typeof whole === 'string' ? whole : '/';
}

/** Answers for a page that needs a sign-in, and says whether it did. */
export function reject(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fail: (error: unknown) => void,
  path: string = incoming.url ?? '/',
): boolean {
  const opened = (incoming as NodeRequest)[openedKey];
  if (opened === undefined) {
    fail(new Error('requireSignIn() stands before latchkey(): put latchkey(...) first.'));
    return true;
  }
  const { method = 'GET', headers } = incoming;
  const response = opened.handler.demandSignIn({ method, path, headers }, opened.session);
  if (response === null) {
    makePrivateByDefault(fieldsOf(outgoing));
    return false;
  }
  answer(response, outgoing, fail);
  return true;
}

function answer(
  response: Response,
  outgoing: ServerResponse,
  fail: (error: unknown) => void,
): void {
  sendWebResponse(response, outgoing).catch(fail);
}
