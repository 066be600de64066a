import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SessionObject } from '../session-object/session-object.ts';
import { whenAnswered } from './answer-end.ts';
import type { OpenWork } from './open-work.ts';

/** The Node request behind a web request, where a server hands it on. */
export interface NodeBehind {
  readonly incoming: IncomingMessage;
  /**
   * Whether the web request is a view of it that nobody touched: then its headers can be read here, where they are read
   * already. Else only the web request knows what it says.
   */
  readonly isSame: boolean;
  /** Notes that the answer goes out under a session, and ends with it. False where the answer is not this request's. */
  note(work: OpenWork, session: SessionObject): boolean;
  /** Calls `over` once the answer is finished or broken off. False where the answer is not this request's. */
  whenAnswered(over: () => void): boolean;
}

/** Finds what `@hono/node-server` hands on: on other servers nothing, and with a WebSocket no answer. */
export type FindNode = (request: Request, env: unknown) => NodeBehind | null;

/** For the requests of one `latchkey(…)`. */
export function createFindNode(): FindNode {
  const isUntouchedView = createViewCheck();
  return (request, env) => {
    const { incoming, outgoing = null } = (env ?? {}) as {
      readonly incoming?: IncomingMessage;
      readonly outgoing?: ServerResponse | null;
    };
    if (incoming === undefined) return null;
    return new Behind(incoming, outgoing, isUntouchedView(request, incoming));
  };
}

class Behind implements NodeBehind {
  readonly incoming: IncomingMessage;
  readonly isSame: boolean;
  readonly #outgoing: ServerResponse | null;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse | null, isSame: boolean) {
    this.incoming = incoming;
    this.#outgoing = outgoing;
    this.isSame = isSame;
  }

  note(work: OpenWork, session: SessionObject): boolean {
    if (!this.isSame || this.#outgoing === null) return false;
    work.note(this.incoming, this.#outgoing, session);
    return true;
  }

  whenAnswered(over: () => void): boolean {
    if (!this.isSame || this.#outgoing === null) return false;
    whenAnswered(this.incoming, this.#outgoing, over);
    return true;
  }
}

type View = Request & { readonly [key: symbol]: unknown };

/** Under which symbols a server keeps on its view of a Node request what it is of, and its headers once they are made. */
interface ViewKeys {
  readonly incoming: symbol;
  readonly headers: symbol;
}

/**
 * Tells a view from a request that an app makes to itself and hands the surroundings of another one; and from a view whose
 * headers are an object already, which anybody may have changed. What the server calls its symbols is found out with its
 * first view; where that does not succeed no request is taken for a view.
 */
function createViewCheck(): (request: Request, incoming: IncomingMessage) => boolean {
  let keys: ViewKeys | null = null;
  return (request, incoming) => {
    keys ??= findViewKeys(request, incoming);
    if (keys === null) return false;
    // Not by Reflect.get, which looks each time where the property is.
    const view = request as View;
    return view[keys.incoming] === incoming && view[keys.headers] === undefined;
  };
}

function findViewKeys(request: Request, incoming: IncomingMessage): ViewKeys | null {
  const holding = (is: (value: unknown) => boolean): symbol | undefined =>
    Object.getOwnPropertySymbols(request).find((symbol) => is(Reflect.get(request, symbol)));
  const ofIncoming = holding((value) => value === incoming);
  if (ofIncoming === undefined) return null;
  // Reading them makes them.
  const { headers } = request;
  const ofHeaders = holding((value) => value === headers);
  return ofHeaders === undefined ? null : { incoming: ofIncoming, headers: ofHeaders };
}
