import type { IncomingMessage } from 'node:http';
import type { AppAloneOptions } from '../app-alone.ts';
import { type AppAnyHostOptions, createAppDoor, entranceAt } from '../app-any-host.ts';
import { type CsrfOptions, createCsrfGuard } from '../csrf-guard.ts';
import { hasCode } from '../errors.ts';
import { createFamilyApp, type FamilyAppOptions } from '../family/family-app.ts';
import { refusalPage } from '../family/refusal-page.ts';
import type { Door, Entrance, OpenSession } from '../http-exchange.ts';
import type { Session } from '../session/session.ts';
import type { Connection } from '../trusted-proxies.ts';
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
    const entrance = entranceAt(door, () =>
      webConnection(request, new URL(request.url), undefined),
    );
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
    const entrance = entranceAt(door, () =>
      webConnection(request, new URL(request.url), undefined),
    );
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
 * The way of a web request: host, session, own routes or `next`, then save and cookies. `incoming`: the Node request behind
 * it, where there is one.
 */
export async function enterWeb(
  door: Door,
  request: Request,
  next: (opened: OpenSession, entrance: Entrance) => Promise<Response>,
  incoming?: IncomingMessage,
): Promise<Response> {
  const remoteAddress = incoming?.socket.remoteAddress;
  const url = new URL(request.url);
  const entrance = entranceAt(door, () => webConnection(request, url, remoteAddress));
  if (entrance === null) return refusalPage('wrong-host');
  if (!entrance.acceptsHost(request.headers.get('host') ?? url.host)) return entrance.wrongHost();
  try {
    const opened = await entrance.open(request.headers.get('cookie') ?? undefined);
    const socket = incoming !== undefined && isWebSocket(incoming) ? incoming.socket : null;
    let done: (() => void) | null = null;
    opened.session.attach({
      touched: () => undefined,
      watched: (release) => {
        // A WebSocket outlives the answer that let it in.
        if (socket === null) done = release;
        else socket.once('close', release);
      },
    });
    if (socket !== null && opened.session.backing() !== null) closeWith(opened.session, socket);
    const own = entrance.owns(url.pathname)
      ? await entrance.respond(request, opened)
      : takeInvitationWeb(entrance, request, opened.session, remoteAddress);
    const response = own ?? (await next(opened, entrance));
    const lines = await saved(opened, response);
    const whole = withHead(response, lines, (location) => opened.session.redirectTo(location));
    return bound(whole, opened.session, () => done);
  } catch (error) {
    if (hasCode(error, 'store_unavailable')) return entrance.unavailable(error);
    throw error;
  }
}

/** An event stream ends with its session; what watches for that is let go with the body. */
function bound(response: Response, session: Session, done: () => (() => void) | null): Response {
  const ends = isEventStream(response) && session.backing() !== null;
  const signal = ends ? session.signal : undefined;
  const release = done();
  if (release === null) return response;
  return boundBody(response, { done: release, ...(signal === undefined ? {} : { signal }) });
}

/** A web request knows its URL, and the address only where the server passes it on. */
function webConnection(request: Request, url: URL, remoteAddress: string | undefined): Connection {
  return {
    remoteAddress,
    encrypted: url.protocol === 'https:',
    header: (name) => request.headers.get(name) ?? (name === 'host' ? url.host : undefined),
  };
}

async function saved(opened: OpenSession, response: Response): Promise<readonly string[]> {
  try {
    return await opened.commit();
  } catch (error) {
    // Nobody will read this body: what it reads from must be let go.
    await response.body?.cancel().catch(() => undefined);
    throw error;
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
  if (entrance.takeInvitation === undefined) return null;
  const url = new URL(request.url);
  const invited = {
    method: request.method,
    path: `${url.pathname}${url.search}`,
    cookieHeader: request.headers.get('cookie') ?? undefined,
    connection: webConnection(request, url, remoteAddress),
  };
  return entrance.takeInvitation(invited, session);
}

/** The response with its cookies, and with where it leads as it should leave: for this visitor alone, so for no cache. */
function withHead(
  response: Response,
  lines: readonly string[],
  redirectTo: (location: string) => string,
): Response {
  const isRedirect = response.status >= 300 && response.status <= 399;
  const location = isRedirect ? response.headers.get('location') : null;
  const changed = location === null ? null : redirectTo(location);
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
