import type { Duplex } from 'node:stream';
import { invitesCaches, makePrivate, makePrivateByDefault } from '../http/cache-fields.ts';
import type { AnswerHead, AppHandler } from '../http/http-exchange.ts';
import { isForEveryAnswer } from '../http/response-head.ts';
import type { Connection } from '../http/trusted-proxies.ts';
import type { MaybePromise } from '../platform.ts';
import type { Session } from '../session-object/session.ts';
import { type SessionObject, sessionObject } from '../session-object/session-object.ts';
import { whenClosed } from './answer-end.ts';
import { type AdapterApp, enterApp, finishOrRefuse, RequestContext } from './enter-app.ts';
import type { NodeBehind } from './node-behind.ts';
import { closeWith, isWebSocket, type OpenWork } from './open-work.ts';
import { boundBody, isEventStream } from './web-body.ts';

/** A web request from its session to its answer. A response is not hooked: what goes with it is seen once it is made. */
export class WebContext extends RequestContext implements AnswerHead {
  readonly #request: Request;
  readonly #node: NodeBehind | null;
  /** Of a WebSocket, which outlives the answer that let it in. */
  readonly #socket: Duplex | null;
  /** The app's answer, once there is one. */
  #response: Response | null = null;
  /** Whether the server's own answer is looked after. */
  #isNoted = false;
  /** Lets go of what is watched; to be called with the end of the body. */
  #release: (() => void) | null = null;

  constructor(request: Request, node: NodeBehind | null) {
    super();
    this.#request = request;
    this.#node = node;
    this.#socket = node !== null && isWebSocket(node.incoming) ? node.incoming.socket : null;
  }

  get method(): string {
    return this.#request.method;
  }

  get host(): string | undefined {
    const host = this.#header('host');
    return host ?? new URL(this.#request.url).host;
  }

  get cookieHeader(): string | undefined {
    return this.#header('cookie');
  }

  get path(): string {
    return pathnameOf(this.#request.url);
  }

  get hasQuery(): boolean {
    return this.#request.url.includes('?');
  }

  get target(): string {
    return targetOf(this.#request);
  }

  connection(): Connection {
    return webConnection(this.#request, this.#node);
  }

  respond(): Promise<Response> {
    return this.handler.respond(this.#request, this.opened);
  }

  override attach(session: SessionObject): void {
    super.attach(session);
    if (this.#socket !== null && session.backing() !== null) closeWith(session, this.#socket);
  }

  note(work: OpenWork): void {
    this.#isNoted = this.#node?.note(work, this.session) ?? false;
  }

  /** Making an object of all headers costs more than the whole check, so that is left to whoever needs them. */
  #header(name: 'host' | 'cookie'): string | undefined {
    if (this.#node?.isSame) return this.#node.incoming.headers[name];
    return this.#request.headers.get(name) ?? undefined;
  }

  /** The app's response with what goes with it. Throws and rejects with what {@link refuse} may answer. */
  override finish(response: Response): MaybePromise<Response> {
    this.#response = response;
    const lines = this.#save(response);
    return lines instanceof Promise
      ? lines.then((late) => this.#complete(response, late))
      : this.#complete(response, lines);
  }

  /** The page for a store that is down, with what the app says of every answer; throws every other error. */
  override refuse(error: unknown): Response {
    // The app's body, which would let go of what is watched, is none of this answer.
    this.#release?.();
    const page = super.refuse(error);
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

  /** Synchronous where nothing changed, as `commit` is. */
  #save(response: Response): MaybePromise<readonly string[]> {
    const refuse = async (error: unknown): Promise<never> => {
      // Nobody will read this body: what it reads from must be let go.
      await response.body?.cancel().catch(() => undefined);
      throw error;
    };
    try {
      const lines = this.commit(this);
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

/** Path and query. */
function targetOf({ url }: Request): string {
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
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
function withHead(response: Response, lines: readonly string[], session: SessionObject): Response {
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

/** The way of a web request: what the app answers, or what is answered instead, with what goes with it. */
export async function enterOnWeb(
  app: AdapterApp,
  request: Request,
  next: (session: SessionObject) => Promise<Response>,
): Promise<Response> {
  const context = new WebContext(request, null);
  const own = await enterApp(app, context);
  return own ?? finishOrRefuse(context, next(context.session));
}

/** What a page that needs a sign-in answers, or null when it may go on. */
export function rejectWeb(app: AppHandler, request: Request, session: Session): Response | null {
  const { method, headers } = request;
  return app.demandSignIn({ method, path: targetOf(request), headers }, sessionObject(session));
}
