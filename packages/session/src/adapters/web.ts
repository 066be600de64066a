import type { Duplex } from 'node:stream';
import type { AppAloneOptions } from '../app-alone.ts';
import { type AppAnyHostOptions, createAppDoor, entranceAt } from '../app-any-host.ts';
import { type CsrfOptions, createCsrfGuard } from '../csrf-guard.ts';
import { hasCode } from '../errors.ts';
import { createFamilyApp, type FamilyAppOptions } from '../family/family-app.ts';
import { refusalPage } from '../family/refusal-page.ts';
import type { Door, Entrance, OpenSession } from '../http-exchange.ts';
import type { MaybePromise } from '../platform.ts';
import type { Session, SessionCarrier } from '../session/session.ts';
import type { Connection } from '../trusted-proxies.ts';
import type { NodeBehind } from './node-behind.ts';
import { closeWith, isWebSocket } from './open-work.ts';
import { boundBody, isEventStream } from './web-body.ts';
import { refuseOnWeb } from './web-csrf.ts';

/** A web handler that finds a session. */
export type SessionHandler = (request: Request, session: Session) => Response | Promise<Response>;
/** A web handler. */
export type WebHandler = (request: Request) => Promise<Response>;

/**
 * Sessions and Latchkey's own routes for a handler of `Request` to `Response`. Takes a family app or a ready entrance.
 * The `Host` header (else the URL's host) must be the app's own. Throws at start; see `createFamilyApp`.
 */
export function latchkey(
  options: FamilyAppOptions | Door,
): (handler: SessionHandler) => WebHandler {
  const door = webDoorOf(options);
  return (handler) => (request) =>
    enterWeb(door, request, async (opened) => handler(request, opened.session));
}

/** The same for an app outside any family. Throws at start; see `createAppDoor`. */
export function sessions(
  options: AppAloneOptions | AppAnyHostOptions,
): (handler: SessionHandler) => WebHandler {
  return latchkey(createAppDoor(options));
}

/** The door that options name: a ready one, or an app of a family. */
export function webDoorOf(options: FamilyAppOptions | Door): Door {
  return 'open' in options || 'at' in options ? options : createFamilyApp(options);
}

/** Wraps a handler so that it needs a sign-in: else the hop to the login host, 401 for programs, 403 without access. */
export function requireSignIn(door: Door, handler: SessionHandler): SessionHandler {
  return (request, session) => {
    const entrance = entranceAt(door, () => webConnection(request));
    if (entrance === null) return refusalPage('wrong-host');
    return turnAwayWeb(entrance, request, session) ?? handler(request, session);
  };
}

/**
 * Wraps a handler so that unsafe requests of other sites are refused with 403, by Fetch Metadata, `Origin`, `Referer`, else
 * by a token of `session.csrfToken()` in the header `x-csrf-token` or in the field `authenticity_token` or `_csrf` of a form
 * of at most 1,048,576 bytes. Throws `option_invalid` at start.
 */
export function csrf(
  door: Door,
  handler: SessionHandler,
  options: CsrfOptions = {},
): SessionHandler {
  const guard = createCsrfGuard(options);
  return async (request, session) => {
    const entrance = entranceAt(door, () => webConnection(request));
    if (entrance === null) return refusalPage('wrong-host');
    const refusal = await refuseOnWeb(guard, { entrance, session, request });
    return refusal ?? handler(request, session);
  };
}

/** A web handler needs no mounting here: it is returned as it is. */
export function mount(handler: WebHandler): WebHandler {
  return handler;
}

/**
 * The way of a web request: host, session, own routes or `next`, then save and cookies. `node`: the Node request behind
 * it, where there is one.
 */
export async function enterWeb(
  door: Door,
  request: Request,
  next: (opened: OpenSession, entrance: Entrance) => Promise<Response>,
  node?: NodeBehind,
): Promise<Response> {
  const remoteAddress = node?.incoming.socket.remoteAddress;
  const entrance = 'at' in door ? door.at(webConnection(request, remoteAddress)) : door;
  if (entrance === null) return refusalPage('wrong-host');
  const { host, cookie } = headersOf(request, node);
  if (!entrance.acceptsHost(host ?? new URL(request.url).host)) return entrance.wrongHost();
  try {
    const opening = entrance.open(cookie);
    const opened = opening instanceof Promise ? await opening : opening;
    const { session } = opened;
    const carrier = new WebCarrier(node);
    session.attach(carrier);
    carrier.bindSocket(session);
    const own = entrance.owns(pathnameOf(request.url))
      ? await entrance.respond(request, opened)
      : takeInvitationWeb(entrance, request, session, remoteAddress);
    if (own === null) node?.noting?.(session);
    const response = own ?? (await next(opened, entrance));
    const saving = saved(opened, response);
    const lines = saving instanceof Promise ? await saving : saving;
    const whole = withHead(response, lines, session);
    return bound(whole, session, carrier, own === null ? node : undefined);
  } catch (error) {
    if (hasCode(error, 'store_unavailable')) return entrance.unavailable(error);
    throw error;
  }
}

/** What carries an answer whose headers are seen once it is made: a response is not hooked. */
class WebCarrier implements SessionCarrier {
  /** Lets go of what is watched; to be called with the end of the body. */
  release: (() => void) | null = null;
  /** Of a WebSocket, which outlives the answer that let it in. */
  readonly #socket: Duplex | null;

  constructor(node: NodeBehind | undefined) {
    this.#socket = node !== undefined && isWebSocket(node.incoming) ? node.incoming.socket : null;
  }

  touched(): void {}

  watched(release: () => void): void {
    if (this.#socket === null) this.release = release;
    else this.#socket.once('close', release);
  }

  bindSocket(session: Session): void {
    if (this.#socket !== null && session.backing() !== null) closeWith(session, this.#socket);
  }
}

/** Making an object of all headers costs more than the whole check, so that is left to whoever needs them. */
function headersOf(
  request: Request,
  node: NodeBehind | undefined,
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
/** An event stream ends with its session; what watches for that is let go with the body. */
function bound(
  response: Response,
  session: Session,
  carrier: WebCarrier,
  node: NodeBehind | undefined,
): Response {
  const isNoted = (node?.noting ?? null) !== null;
  const ends = !isNoted && session.backing() !== null && isEventStream(response);
  const signal = ends ? session.signal : undefined;
  const { release } = carrier;
  if (release === null) return response;
  return boundBody(response, { done: release, ...(signal === undefined ? {} : { signal }) });
}

/** A web request knows its URL, and the address only where the server passes it on. */
function webConnection(request: Request, remoteAddress?: string): Connection {
  const url = new URL(request.url);
  return {
    remoteAddress,
    encrypted: url.protocol === 'https:',
    header: (name) => request.headers.get(name) ?? (name === 'host' ? url.host : undefined),
  };
}

/** Synchronous where nothing changed, as `commit` is. */
function saved(opened: OpenSession, response: Response): MaybePromise<readonly string[]> {
  const refuse = async (error: unknown): Promise<never> => {
    // Nobody will read this body: what it reads from must be let go.
    await response.body?.cancel().catch(() => undefined);
    throw error;
  };
  try {
    const lines = opened.commit();
    return lines instanceof Promise ? lines.catch(refuse) : lines;
  } catch (error) {
    return refuse(error);
  }
}

/** What a page that needs a sign-in answers, or null when it may go on. */
export function turnAwayWeb(
  entrance: Entrance,
  request: Request,
  session: Session,
): Response | null {
  const { pathname, search } = new URL(request.url);
  const demand = {
    method: request.method,
    path: `${pathname}${search}`,
    cookieHeader: request.headers.get('cookie') ?? undefined,
    accept: request.headers.get('accept') ?? undefined,
  };
  return entrance.demandSignIn(demand, session);
}

/** The hop of a page with an invitation, or null. */
function takeInvitationWeb(
  entrance: Entrance,
  request: Request,
  session: Session,
  remoteAddress: string | undefined,
): Response | null {
  // An invitation stands in the query, and most requests have none.
  if (entrance.takeInvitation === undefined || !request.url.includes('?')) return null;
  const { pathname, search } = new URL(request.url);
  const invited = {
    method: request.method,
    path: `${pathname}${search}`,
    cookieHeader: request.headers.get('cookie') ?? undefined,
    connection: webConnection(request, remoteAddress),
  };
  return entrance.takeInvitation(invited, session);
}

/** The response with its cookies, and with where it leads as it should leave: for this visitor alone, so for no cache. */
function withHead(response: Response, lines: readonly string[], session: Session): Response {
  const isRedirect = response.status >= 300 && response.status <= 399;
  const location = isRedirect ? response.headers.get('location') : null;
  const changed = location === null ? null : session.redirectTo(location);
  if (lines.length === 0 && changed === location) return response;
  // Responses of `Response.redirect()` and of `fetch` have headers that cannot be changed.
  const open = new Response(response.body, response);
  for (const line of lines) open.headers.append('set-cookie', line);
  if (changed !== null && changed !== location) {
    open.headers.set('location', changed);
    open.headers.set('cache-control', 'no-store');
  }
  return open;
}
