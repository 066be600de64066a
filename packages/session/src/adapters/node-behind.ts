import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Session } from '../session/session.ts';
import type { OpenWork } from './open-work.ts';

/** The Node request behind a web request, where a server hands it on. */
export interface NodeBehind {
  readonly incoming: IncomingMessage;
  /**
   * Whether the web request is a view of it that nobody touched: then its headers can be read here, where they are read
   * already. Else only the web request knows what it says.
   */
  readonly isSame: boolean;
  /** What notes that an answer goes out under a session, and ends with it; null where the answer is not this one's. */
  readonly noting: ((session: Session) => void) | null;
}

/** What `@hono/node-server` hands on: on other servers nothing, and with a WebSocket no answer. */
export function nodeBehind(request: Request, env: unknown, work: OpenWork): NodeBehind | undefined {
  const { incoming, outgoing } = (env ?? {}) as {
    readonly incoming?: IncomingMessage;
    readonly outgoing?: ServerResponse;
  };
  if (incoming === undefined) return undefined;
  const isSame = isUntouchedView(request, incoming);
  if (!isSame || outgoing === undefined) return { incoming, isSame, noting: null };
  const noting = (session: Session): void => work.note(incoming, outgoing, session);
  return { incoming, isSame, noting };
}

/**
 * A request that an app makes to itself may be handed the surroundings of another one; and once headers are an object,
 * anybody may have changed them.
 */
function isUntouchedView(request: Request, incoming: IncomingMessage): boolean {
  let isView = false;
  for (const symbol of Object.getOwnPropertySymbols(request)) {
    const value: unknown = Reflect.get(request, symbol);
    if (value === incoming) isView = true;
    else if (value instanceof Headers || value instanceof Request) return false;
  }
  return isView;
}
