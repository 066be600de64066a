import { type AppAloneOptions, createAppAlone } from '../app-alone.ts';
import { hasCode } from '../errors.ts';
import { createFamilyApp, type FamilyAppOptions } from '../family/family-app.ts';
import type { Entrance, OpenSession } from '../http-exchange.ts';
import type { Session } from '../session/session.ts';

/** A web handler that finds a session. */
export type SessionHandler = (request: Request, session: Session) => Response | Promise<Response>;
/** A web handler. */
export type WebHandler = (request: Request) => Promise<Response>;

/**
 * Sessions and Latchkey's own routes for a handler of `Request` to `Response`. Takes a family app or a ready entrance.
 * The `Host` header (else the URL's host) must be the app's own. Throws at start; see `createFamilyApp`.
 */
export function latchkey(
  options: FamilyAppOptions | Entrance,
): (handler: SessionHandler) => WebHandler {
  const entrance = 'open' in options ? options : createFamilyApp(options);
  return (handler) => (request) =>
    enterWeb(entrance, request, async (opened) => handler(request, opened.session));
}

/** The same for an app outside any family. Throws at start; see `createAppAlone`. */
export function sessions(options: AppAloneOptions): (handler: SessionHandler) => WebHandler {
  return latchkey(createAppAlone(options));
}

/** Wraps a handler so that it needs a sign-in: else the hop to the login host, 401 for programs, 403 without access. */
export function requireSignIn(entrance: Entrance, handler: SessionHandler): SessionHandler {
  return (request, session) => turnAwayWeb(entrance, request, session) ?? handler(request, session);
}

/** A web handler needs no mounting here: it is returned as it is. */
export function mount(handler: WebHandler): WebHandler {
  return handler;
}

/** The way of a web request: host, session, own routes or `next`, then save and cookies. */
export async function enterWeb(
  entrance: Entrance,
  request: Request,
  next: (opened: OpenSession) => Promise<Response>,
): Promise<Response> {
  const url = new URL(request.url);
  if (!entrance.acceptsHost(request.headers.get('host') ?? url.host)) return entrance.wrongHost();
  try {
    const opened = await entrance.open(request.headers.get('cookie') ?? undefined);
    const own = entrance.owns(url.pathname);
    const response = own ? await entrance.respond(request, opened) : await next(opened);
    return withCookies(response, await saved(opened, response));
  } catch (error) {
    if (hasCode(error, 'store_unavailable')) return entrance.unavailable(error);
    throw error;
  }
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

function withCookies(response: Response, lines: readonly string[]): Response {
  if (lines.length === 0) return response;
  // Responses of `Response.redirect()` and of `fetch` have headers that cannot be changed.
  const open = new Response(response.body, response);
  for (const line of lines) open.headers.append('set-cookie', line);
  return open;
}
