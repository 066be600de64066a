import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CsrfGuard, type CsrfOptions, createCsrfGuard, refusalOf } from '../csrf-guard.ts';
import { makePrivateByDefault } from '../http/cache-fields.ts';
import { fieldsOf } from '../http/response-head.ts';
import type { Connection } from '../http/trusted-proxies.ts';
import type { Session } from '../session-object/session.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import { whenAnswered } from './answer-end.ts';
import { type AdapterApp, enterApp, RequestContext, requireContext } from './enter-app.ts';
import { type HoldOptions, hookResponse, type ResponseHold } from './hold-response.ts';
import { guardedRequest } from './node-csrf.ts';
import { answerBy, pathOf, sendWebResponse } from './node-web.ts';
import type { OpenWork } from './open-work.ts';

const contextKey: unique symbol = Symbol('latchkey');

/** A Node request with its session. */
export interface NodeRequest extends IncomingMessage {
  session: Session;
  [contextKey]?: NodeContext;
}

/** A request listener that finds `request.session`. */
export type SessionListener = (
  request: NodeRequest,
  response: ServerResponse,
) => void | Promise<void>;

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

/** A request in a framework on node:http. What it changes is saved when the head of its answer is about to leave. */
export abstract class NodeContext extends RequestContext implements HoldOptions {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  #hold: ResponseHold | null = null;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    super();
    this.incoming = incoming;
    this.outgoing = outgoing;
  }

  /** Answers in the framework's way. */
  abstract send(response: Response): void;
  /** Tells the framework of an error. */
  abstract fail(error: unknown): void;

  get method(): string {
    return this.incoming.method ?? 'GET';
  }

  get host(): string | undefined {
    return hostOf(this.incoming);
  }

  get cookieHeader(): string | undefined {
    return this.incoming.headers.cookie;
  }

  get path(): string {
    return pathOf(this.incoming.url ?? '/');
  }

  get hasQuery(): boolean {
    return this.target.includes('?');
  }

  /** Below a mount point frameworks keep the whole path elsewhere. */
  get target(): string {
    const { incoming } = this;
    const whole = 'originalUrl' in incoming ? incoming.originalUrl : incoming.url;
    return typeof whole === 'string' ? whole : '/';
  }

  connection(): Connection {
    return connectionOf(this.incoming);
  }

  respond(): Promise<Response> {
    const { handler, opened, incoming } = this;
    return answerBy((request) => handler.respond(request, opened), handler.origin, incoming);
  }

  override attach(session: SessionObject): void {
    // Before the session, which may have been touched already.
    this.#hold = hookResponse(this.outgoing, this);
    super.attach(session);
  }

  note(work: OpenWork): void {
    work.note(this.incoming, this.outgoing, this.session);
  }

  touched(): void {
    this.#hold?.require();
  }

  watched(release: () => void): void {
    whenAnswered(this.incoming, this.outgoing, release);
  }

  redirectTo(location: string): string {
    return this.session.redirectTo(location);
  }

  /** What a page that needs a sign-in answers instead of itself, or null; then no cache keeps what it answers. */
  demandSignIn(): Response | null {
    const { method, target: path, incoming } = this;
    const demand = { method, path, headers: incoming.headers };
    const refusal = this.handler.demandSignIn(demand, this.session);
    // On Node's own response: an app that passes its framework by has it as well.
    if (refusal === null) makePrivateByDefault(fieldsOf(this.outgoing));
    return refusal;
  }

  /** What an unsafe request that is refused is answered with, or null. `body`: as a parser left it. */
  refuseUnsafe(guard: CsrfGuard, body: unknown): Response | null {
    const { handler, session, incoming, target } = this;
    return refusalOf(guard, { handler, session, request: guardedRequest(incoming, target) }, body);
  }

  /** An outage is answered here, as long as that is possible; the framework is told of every other error. */
  failed(error: unknown): void {
    const page = this.outgoing.headersSent ? null : this.outage(error);
    if (page === null) this.fail(error);
    else this.send(page);
  }
}

/** A request of a framework that is called back. */
export interface CalledBack extends NodeContext {
  /** Hands it on to the app. Not a function that is passed along: one would be made for each request. */
  proceed(): void;
}

/** The way of a request in frameworks that are called back: on to the app, or an answer. */
export function enterOnNode(app: AdapterApp, context: CalledBack): void {
  try {
    const own = enterApp(app, context);
    if (own instanceof Promise) proceedLater(own, context);
    else proceed(own, context);
  } catch (error) {
    context.failed(error);
  }
}

function proceedLater(answering: Promise<Response | null>, context: CalledBack): void {
  answering.then((own) => proceed(own, context)).catch((error: unknown) => context.failed(error));
}

function proceed(own: Response | null, context: CalledBack): void {
  if (own === null) context.proceed();
  else context.send(own);
}

/** In node:http itself and in Express, where the request of the framework is Node's. */
export abstract class PlainNodeContext extends NodeContext implements CalledBack {
  abstract proceed(): void;

  override attach(session: SessionObject): void {
    super.attach(session);
    const request = this.incoming as NodeRequest;
    request.session = session;
    request[contextKey] = this;
  }

  send(response: Response): void {
    sendWebResponse(response, this.outgoing).catch((error: unknown) => this.fail(error));
  }
}

/** Says whether a plain request was refused, and so answered. `fail` is told of errors; `body`: as a parser left it. */
type PlainRefusal = (
  incoming: IncomingMessage,
  fail: (error: unknown) => void,
  body?: unknown,
) => boolean;

/** Refuses pages that need a sign-in. */
export const refuseWithoutSignIn: PlainRefusal = refusing('requireSignIn', (context) =>
  context.demandSignIn(),
);

/** Refuses unsafe requests. Throws `option_invalid`. */
export function refusingUnsafe(options: CsrfOptions): PlainRefusal {
  const guard = createCsrfGuard(options);
  return refusing('csrf', (context, body) => context.refuseUnsafe(guard, body));
}

/** Answers plain requests with what `refuse` gives. `name`: of what asks, for who put it too early. */
function refusing(
  name: string,
  refuse: (context: NodeContext, body: unknown) => Response | null,
): PlainRefusal {
  return (incoming, fail, body) => {
    try {
      const context = requireContext((incoming as NodeRequest)[contextKey], name);
      const refusal = refuse(context, body);
      if (refusal === null) return false;
      sendWebResponse(refusal, context.outgoing).catch(fail);
    } catch (error) {
      fail(error);
    }
    return true;
  };
}
