import type { IncomingMessage, ServerResponse } from 'node:http';
import { entranceAt } from '../app-any-host.ts';
import { hasCode } from '../errors.ts';
import { createFamilyApp, type FamilyAppOptions } from '../family/family-app.ts';
import { refusalPage } from '../family/refusal-page.ts';
import type { Door, Entrance, InvitedRequest, OpenSession } from '../http-exchange.ts';
import type { Session } from '../session/session.ts';
import type { Connection } from '../trusted-proxies.ts';
import { holdResponse } from './hold-response.ts';
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
  readonly entrance: Entrance;
  readonly session: Session;
}

/** The door that options of an adapter name: a ready one, or an app of a family. */
export function doorOf(options: FamilyAppOptions | Door): Door {
  return 'open' in options || 'at' in options ? options : createFamilyApp(options);
}

/** What the requests of one `latchkey(…)` go through. */
export interface Gate {
  readonly door: Door;
  readonly work: OpenWork;
}

/** A gate for what options of an adapter name. */
export function gateOf(options: FamilyAppOptions | Door): Gate {
  return { door: doorOf(options), work: createOpenWork() };
}

/** What a Node request says of where it was sent. */
export function connectionOf({ socket, headers }: IncomingMessage): Connection {
  return {
    remoteAddress: socket.remoteAddress,
    encrypted: 'encrypted' in socket && socket.encrypted === true,
    header: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value.join(',') : value;
    },
  };
}

/** What a Node request may bring of invitations. Below a mount point frameworks keep the whole path elsewhere. */
export function invitedRequestOf(incoming: IncomingMessage): InvitedRequest {
  const whole = 'originalUrl' in incoming ? incoming.originalUrl : incoming.url;
  return {
    method: incoming.method ?? 'GET',
    path: typeof whole === 'string' ? whole : '/',
    cookieHeader: incoming.headers.cookie,
    connection: connectionOf(incoming),
  };
}

/**
 * The way of a request in frameworks on node:http: host, session, Latchkey's own routes, then `next`. Outside breakage
 * becomes a 503 here; every other error goes to `fail`.
 */
export function enter(
  { door, work }: Gate,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  next: (session: Session) => void,
  fail: (error: unknown) => void,
): void {
  const entrance = entranceAt(door, () => connectionOf(incoming));
  if (entrance === null) {
    answer(refusalPage('wrong-host'), outgoing, fail);
    return;
  }
  const outage = (error: unknown): Response | null =>
    hasCode(error, 'store_unavailable') ? entrance.unavailable(error) : null;
  const failed = (error: unknown): void => {
    const page = outgoing.headersSent ? null : outage(error);
    if (page === null) fail(error);
    else answer(page, outgoing, fail);
  };
  if (!entrance.acceptsHost(incoming.headers.host)) {
    answer(entrance.wrongHost(), outgoing, fail);
    return;
  }
  const go = (opened: OpenSession): void => {
    const request = incoming as NodeRequest;
    request.session = opened.session;
    request[openedKey] = { entrance, session: opened.session };
    const { session } = opened;
    const hold = {
      commit: () => opened.commit(),
      redirectTo: (location: string) => session.redirectTo(location),
      outage,
      fail,
    };
    opened.session.attach({
      touched: () => holdResponse(outgoing, hold),
      watched: (release) => void outgoing.once('close', release),
    });
    if (entrance.owns(pathOf(incoming.url ?? '/'))) {
      serveOwnRoute(entrance, incoming, outgoing, opened).catch(failed);
      return;
    }
    const hop = entrance.takeInvitation?.(invitedRequestOf(incoming), session) ?? null;
    if (hop !== null) {
      answer(hop, outgoing, fail);
      return;
    }
    work.note(incoming, outgoing, session);
    next(session);
  };
  try {
    const opened = entrance.open(incoming.headers.cookie);
    if (opened instanceof Promise) opened.then(go).catch(failed);
    else go(opened);
  } catch (error) {
    failed(error);
  }
}

async function serveOwnRoute(
  entrance: Entrance,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  opened: OpenSession,
): Promise<void> {
  const request = toWebRequest(incoming, entrance.origin);
  const response = request === null ? badRequest() : await entrance.respond(request, opened);
  await sendWebResponse(response, outgoing);
}

/** Answers for a page that needs a sign-in, and says whether it did. */
export function turnAway(
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
  const demand = { method, path, cookieHeader: headers.cookie, accept: headers.accept };
  const response = opened.entrance.demandSignIn(demand, opened.session);
  if (response === null) return false;
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
