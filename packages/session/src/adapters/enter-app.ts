// Owns the frameworks: the way of a request into an app stands here, the same for all of them, and an adapter extends the
// context by what its framework's requests say and where session and answer go. Those on node:http share the files that
// begin with `node-`, the others those that begin with `web`. What a session does is left to the app handler that an
// adapter is given (`app/`, `lifecycle/`).

import { refusalPage } from '../answers/refusal-page.ts';
import { type FamilyAppOptions, servedApp } from '../app/family-app.ts';
import { hasCode } from '../errors.ts';
import type { AnswerHead, AppHandler, OpenSession, ServedApp } from '../http/http-exchange.ts';
import type { Connection } from '../http/trusted-proxies.ts';
import type { MaybePromise } from '../platform.ts';
import type { SessionCarrier, SessionObject } from '../session-object/session-object.ts';
import { createOpenWork, type OpenWork } from './open-work.ts';

/** The app that a middleware serves, with the work that its requests leave open. */
export interface AdapterApp {
  readonly served: ServedApp;
  readonly openWork: OpenWork;
}

/** Of what the options of an adapter name. */
export function adapterApp(options: FamilyAppOptions | ServedApp): AdapterApp {
  return { served: servedApp(options), openWork: createOpenWork() };
}

/** One request from entry to end, in the words of a framework. One object for all that may be asked of it: most is not. */
export abstract class RequestContext implements SessionCarrier {
  #handler: AppHandler | null = null;
  #opened: OpenSession | null = null;

  /** The app that the request is for; set once its host is known. */
  get handler(): AppHandler {
    if (this.#handler === null) throw new Error('The app of this request is not known yet.');
    return this.#handler;
  }

  set handler(handler: AppHandler) {
    this.#handler = handler;
  }

  get opened(): OpenSession {
    if (this.#opened === null) throw new Error('The session of this request is not open yet.');
    return this.#opened;
  }

  set opened(opened: OpenSession) {
    this.#opened = opened;
  }

  get session(): SessionObject {
    return this.opened.session;
  }

  abstract get method(): string;
  /** The host that the request names. */
  abstract get host(): string | undefined;
  abstract get cookieHeader(): string | undefined;
  /** Below where the app is mounted, without query. */
  abstract get path(): string;
  abstract get hasQuery(): boolean;
  /** Path and query as the browser asked for them, where the app is mounted included. */
  abstract get target(): string;
  abstract connection(): Connection;
  /** What Latchkey's own route answers. */
  abstract respond(): Promise<Response>;
  /** The app is asked next: what stays open of its answer ends with the session. */
  abstract note(work: OpenWork): void;
  abstract touched(): void;
  abstract watched(release: () => void): void;

  /** Ties session and answer together, and puts the session where the app finds it. */
  attach(session: SessionObject): void {
    session.attach(this);
  }

  commit(head: AnswerHead): MaybePromise<readonly string[]> {
    return this.opened.commit(head);
  }

  /** An answer of Latchkey's own with what goes with the session, where the answer is not hooked. */
  finish(response: Response): MaybePromise<Response> {
    return response;
  }

  /** The page for a store that is down, null for every other error. */
  outage(error: unknown): Response | null {
    return hasCode(error, 'store_unavailable') ? this.handler.unavailable(error) : null;
  }

  /** The same; throws every other error. */
  refuse(error: unknown): Response {
    const page = this.outage(error);
    if (page === null) throw error;
    return page;
  }
}

/** The handler of the host that a request was sent to, or the 421. */
export function handlerOf(
  served: ServedApp,
  request: Pick<RequestContext, 'host' | 'connection'>,
): AppHandler | Response {
  const handler = 'at' in served ? served.at(request.connection()) : served;
  if (handler === null) return refusalPage('wrong-host');
  const { host } = request;
  return handler.acceptsHost(host) ? handler : handler.wrongHost(host);
}

/**
 * Null where the app is to answer, which finds its session by then; else what to answer instead. Synchronous where the store
 * is. Throws and rejects with what is no outage.
 */
export function enterApp(app: AdapterApp, context: RequestContext): MaybePromise<Response | null> {
  const handler = handlerOf(app.served, context);
  if (handler instanceof Response) return handler;
  context.handler = handler;
  try {
    const opened = handler.open(context.cookieHeader);
    return opened instanceof Promise ? goOnLater(app, context, opened) : goOn(app, context, opened);
  } catch (error) {
    return context.refuse(error);
  }
}

/** Apart, as most do not wait: what a function may refer to costs an object at each call, whether it is made or not. */
function goOnLater(
  app: AdapterApp,
  context: RequestContext,
  opening: Promise<OpenSession>,
): Promise<Response | null> {
  return opening
    .then((opened) => goOn(app, context, opened))
    .catch((error: unknown) => context.refuse(error));
}

/** The session is open: Latchkey's own routes, then an invitation in the link, then the app. */
function goOn(
  app: AdapterApp,
  context: RequestContext,
  opened: OpenSession,
): MaybePromise<Response | null> {
  context.opened = opened;
  const { handler } = context;
  const { session } = opened;
  context.attach(session);
  if (handler.owns(context.path)) return finishOrRefuse(context, context.respond());
  const hop = takeInvitation(context);
  if (hop !== null) return finishOrRefuse(context, hop);
  context.note(app.openWork);
  return null;
}

function takeInvitation(context: RequestContext): Response | null {
  const { handler } = context;
  // An invitation stands in the query, and most requests have none.
  if (handler.takeInvitation === undefined || !context.hasQuery) return null;
  const { method, target: path, cookieHeader } = context;
  const invited = { method, path, cookieHeader, connection: context.connection() };
  return handler.takeInvitation(invited, context.session);
}

/** For what stands behind latchkey(). Throws where that is missing; `name`: what stands there. */
export function requireContext<Context>(
  context: Context | null | undefined,
  name: string,
): Context {
  if (context !== null && context !== undefined) return context;
  throw new Error(`${name}() stands before latchkey(): put latchkey(...) first.`);
}

/** An answer with what goes with the session. Also what rejects before there is one is an outage where it is one. */
export async function finishOrRefuse(
  context: RequestContext,
  answer: MaybePromise<Response>,
): Promise<Response> {
  try {
    return await context.finish(await answer);
  } catch (error) {
    return context.refuse(error);
  }
}
