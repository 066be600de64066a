import type { Duplex } from 'node:stream';
import { refusalPage } from '../answers/refusal-page.ts';
import { hasCode } from '../errors.ts';
import { invitesCaches, makePrivate, makePrivateByDefault } from '../http/cache-fields.ts';
import type { AnswerHead, AppHandler, OpenSession, ServedApp } from '../http/http-exchange.ts';
import { isForEveryAnswer } from '../http/response-head.ts';
import type { Connection } from '../http/trusted-proxies.ts';
import type { MaybePromise } from '../platform.ts';
import type { Session, SessionCarrier } from '../session-object/session.ts';
import { whenClosed } from './answer-end.ts';
import type { NodeBehind } from './node-behind.ts';
import { closeWith, isWebSocket } from './open-work.ts';
import { boundBody, isEventStream } from './web-body.ts';

/**
 * Host and session of a web request, then Latchkey's own routes: the answer where it is one of theirs, or the visit, for the
 * app to answer. Synchronous where memory knows the session.
 */
export function beginVisit(
  served: ServedApp,
  request: Request,
  node: NodeBehind | null,
): MaybePromise<WebVisit | Response> {
  const handler = 'at' in served ? served.at(webConnection(request, node)) : served;
  if (handler === null) return refusalPage('wrong-host');
  const { host, cookie } = headersOf(request, node);
  const received = host ?? new URL(request.url).host;
  if (!handler.acceptsHost(received)) return handler.wrongHost(received);
  const begin = (opened: OpenSession): MaybePromise<WebVisit | Response> =>
    new WebVisit(handler, request, opened, node).begin();
  try {
    const opening = handler.open(cookie);
    if (!(opening instanceof Promise)) return begin(opening);
    return opening.then(begin).catch((error: unknown) => outageOf(handler, error));
  } catch (error) {
    return outageOf(handler, error);
  }
}

/** One web request from its session to its answer. A response is not hooked: what goes with it is seen once it is made. */
export class WebVisit implements SessionCarrier, AnswerHead {
  readonly handler: AppHandler;
  readonly session: Session;
  readonly #request: Request;
  readonly #opened: OpenSession;
  readonly #node: NodeBehind | null;
  /** Of a WebSocket, which outlives the answer that let it in. */
  readonly #socket: Duplex | null;
  /** The app's answer, once there is one. */
  #response: Response | null = null;
  /** Whether the server's own answer is looked after. */
  #isNoted = false;
  /** Lets go of what is watched; to be called with the end of the body. */
  #release: (() => void) | null = null;

  constructor(handler: AppHandler, request: Request, opened: OpenSession, node: NodeBehind | null) {
    this.handler = handler;
    this.session = opened.session;
    this.#request = request;
    this.#opened = opened;
    this.#node = node;
    this.#socket = node !== null && isWebSocket(node.incoming) ? node.incoming.socket : null;
  }

  begin(): MaybePromise<WebVisit | Response> {
    const { handler, session } = this;
    session.attach(this);
    if (this.#socket !== null && session.backing() !== null) closeWith(session, this.#socket);
    if (handler.owns(pathnameOf(this.#request.url))) return this.#serveOwnRoute();
    const hop = this.#takeInvitation();
    if (hop !== null) return this.#finishOwn(hop);
    this.#isNoted = this.#node?.note(session) ?? false;
    return this;
  }

  /** The app's response with what goes with it. Throws and rejects with what {@link refuse} may answer. */
  finish(response: Response): MaybePromise<Response> {
    this.#response = response;
    const lines = this.#save(response);
    return lines instanceof Promise
      ? lines.then((late) => this.#complete(response, late))
      : this.#complete(response, lines);
  }

  /** The page for a store that is down, with what the app says of every answer; throws every other error. */
  refuse(error: unknown): Response {
    // The app's body, which would let go of what is watched, is none of this answer.
    this.#release?.();
    const page = outageOf(this.handler, error);
    this.#response?.headers.forEach((value, name) => {
      if (isForEveryAnswer(name) && !page.headers.has(name)) page.headers.set(name, value);
    });
    return page;
  }

  invitesCaches(): boolean {
    return this.#response !== null && invitesCaches(this.#response.headers);
  }

  touched(): void {}

  watched(release: () => void): void {
    if (this.#socket !== null) whenClosed(this.#socket, release);
    else if (this.#node?.whenAnswered(release) !== true) this.#release = release;
  }

  async #serveOwnRoute(): Promise<Response> {
    return this.#finishOwn(this.handler.respond(this.#request, this.#opened));
  }

  /** Also what rejects before there is a response is an outage where it is one. */
  async #finishOwn(response: MaybePromise<Response>): Promise<Response> {
    try {
      return await this.finish(await response);
    } catch (error) {
      return this.refuse(error);
    }
  }

  /** The hop of a page with an invitation, or null. */
  #takeInvitation(): Response | null {
    const request = this.#request;
    // An invitation stands in the query, and most requests have none.
    if (this.handler.takeInvitation === undefined || !request.url.includes('?')) return null;
    const { pathname, search } = new URL(request.url);
    const invited = {
      method: request.method,
      path: `${pathname}${search}`,
      cookieHeader: request.headers.get('cookie') ?? undefined,
      connection: webConnection(request, this.#node),
    };
    return this.handler.takeInvitation(invited, this.session);
  }

  /** Synchronous where nothing changed, as `commit` is. */
  #save(response: Response): MaybePromise<readonly string[]> {
    const refuse = async (error: unknown): Promise<never> => {
      // Nobody will read this body: what it reads from must be let go.
      await response.body?.cancel().catch(() => undefined);
      throw error;
    };
    try {
      const lines = this.#opened.commit(this);
      return lines instanceof Promise ? lines.catch(refuse) : lines;
    } catch (error) {
      return refuse(error);
    }
  }

  /** An event stream ends with its session; what watches for that is let go with the body. */
  #complete(response: Response, lines: readonly string[]): Response {
    const whole = withHead(response, lines, this.session);
    const isWatched = this.#isNoted || this.session.backing() === null;
    const signal = !isWatched && isEventStream(whole) ? this.session.signal : undefined;
    if (this.#release === null) return whole;
    const binding = { done: this.#release, ...(signal === undefined ? {} : { signal }) };
    return boundBody(whole, binding);
  }
}

function outageOf(handler: AppHandler, error: unknown): Response {
  if (hasCode(error, 'store_unavailable')) return handler.unavailable(error);
  throw error;
}

/** Making an object of all headers costs more than the whole check, so that is left to whoever needs them. */
function headersOf(
  request: Request,
  node: NodeBehind | null,
): { readonly host?: string | undefined; readonly cookie?: string | undefined } {
  if (node?.isSame) return node.incoming.headers;
  const { headers } = request;
  return { host: headers.get('host') ?? undefined, cookie: headers.get('cookie') ?? undefined };
}

/** Segments of letters that mean themselves, none of which begins with a dot. */
const plainPath = /^(?:\/(?!\.)[\w.~-]*)+$/;

/** The path that `new URL(url)` has, of an absolute URL with a host. Most can be cut out as they are. */
export function pathnameOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  const queryAt = url.indexOf('?');
  const path = url.slice(start, queryAt === -1 ? url.length : queryAt);
  const isPlain = start > 0 && !url.includes('#') && plainPath.test(path);
  return isPlain ? path : new URL(url).pathname;
}
/** A web request knows its URL, and the address only where the server passes it on. */
export function webConnection(request: Request, node: NodeBehind | null): Connection {
  const url = new URL(request.url);
  return {
    remoteAddress: node?.incoming.socket.remoteAddress,
    encrypted: url.protocol === 'https:',
    header: (name) => request.headers.get(name) ?? (name === 'host' ? url.host : undefined),
  };
}

/** The response with its cookies, and with where it leads as it should leave: for this visitor alone, so for no cache. */
function withHead(response: Response, lines: readonly string[], session: Session): Response {
  const isRedirect = response.status >= 300 && response.status <= 399;
  const location = isRedirect ? response.headers.get('location') : null;
  const changed = location === null ? null : session.redirectTo(location);
  if (lines.length === 0 && changed === location) return response;
  const open = withOpenHeaders(response);
  for (const line of lines) open.headers.append('set-cookie', line);
  if (lines.length > 0) makePrivate(open.headers);
  if (changed !== null && changed !== location) {
    open.headers.set('location', changed);
    open.headers.set('cache-control', 'no-store');
  }
  return open;
}

/** What somebody signed in is answered: kept by no cache, unless the app said something itself. */
export function privateByDefault(response: Response): Response {
  if (response.headers.has('cache-control')) return response;
  const open = withOpenHeaders(response);
  makePrivateByDefault(open.headers);
  return open;
}

/** Responses of `Response.redirect()` and of `fetch` have headers that cannot be changed. */
function withOpenHeaders(response: Response): Response {
  return new Response(response.body, response);
}
