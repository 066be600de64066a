import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type FamilyAppOptions, servedApp } from '../app/family-app.ts';
import { hasCode } from '../errors.ts';
import { type AppHandler, type Closable, closing, type ServedApp } from '../http/http-exchange.ts';
import { sessionObject } from '../session-object/session-object.ts';
import { handlerOf } from './enter-app.ts';
import { connectionOf, hostOf, type NodeRequest } from './node-context.ts';
import { closeWith } from './open-work.ts';

/** A listener for `server.on('upgrade')` that finds `request.session`. */
export type UpgradeListener = (request: NodeRequest, socket: Duplex, head: Buffer) => unknown;

type OnUpgrade = (incoming: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Who may open sockets. */
export interface UpgradeOptions {
  /** Origins of other pages that may, such as `https://www.example`. Default none: the app's own pages alone. */
  readonly trustedOrigins?: readonly string[];
}

/**
 * The session of a WebSocket: `server.on('upgrade', upgrade(served)((request, socket, head) => …))`. Refuses other hosts (421) and
 * pages of other origins (403: a browser sends its cookies with a socket that any page opens), answers 503 when the
 * store is away, and closes the socket within a second of the session's end. Who is not signed in gets in as well: ask
 * `request.session.signedIn`. Nothing is saved by itself, as there is no answer to carry a cookie: call `session.save()`.
 */
export function upgrade(
  options: FamilyAppOptions | ServedApp,
  { trustedOrigins = [] }: UpgradeOptions = {},
): ((listener: UpgradeListener) => OnUpgrade) & Closable {
  const served = servedApp(options);
  const serve =
    (listener: UpgradeListener): OnUpgrade =>
    (incoming, socket, head) => {
      // A client that goes away in the middle must not end the process.
      socket.on('error', () => socket.destroy());
      const asked = { host: hostOf(incoming), connection: () => connectionOf(incoming) };
      const handler = handlerOf(served, asked);
      if (handler instanceof Response) {
        refuse(socket, '421 Misdirected Request');
        return;
      }
      if (isForeign(incoming.headers.origin, [handler.origin, ...trustedOrigins])) {
        refuse(socket, '403 Forbidden');
        return;
      }
      let release = (): void => undefined;
      admit(handler, incoming, (done) => {
        release = done;
      }).then(
        (request) => {
          // The visitor left while the session was opened: nobody would tell that the socket closed.
          if (socket.destroyed) return;
          socket.once('close', () => release());
          const session = sessionObject(request.session);
          if (session.backing() !== null) closeWith(session, socket);
          listener(request, socket, head);
        },
        (error: unknown) => {
          if (hasCode(error, 'store_unavailable')) handler.unavailable(error);
          refuse(socket, '503 Service Unavailable');
        },
      );
    };
  return closing(serve, served);
}

async function admit(
  handler: AppHandler,
  incoming: IncomingMessage,
  watched: (release: () => void) => void,
): Promise<NodeRequest> {
  const { session } = await handler.open(incoming.headers.cookie);
  session.attach({ touched: () => undefined, watched });
  const request = incoming as NodeRequest;
  request.session = session;
  return request;
}

/** A program sends no `Origin`, a browser always does (RFC 6455, section 10.2). */
function isForeign(origin: string | undefined, own: readonly string[]): boolean {
  return origin !== undefined && !own.includes(origin);
}

function refuse(socket: Duplex, status: string): void {
  // No time-out of the server's is left on this socket: a client that keeps its side open would keep it for ever.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
