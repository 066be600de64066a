import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** What is to be called when a connection closes. One listener for all: many requests may wait on one connection. */
const waiting = new WeakMap<Duplex, Set<() => void>>();

/**
 * Calls `over` once: when the answer is finished or broken off, or its connection is gone; now, where that is so already.
 * Both are looked at: an answer that waits behind another one on its connection is not told that this one closed.
 */
export function whenAnswered(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  over: () => void,
): void {
  const connection = carrierOf(incoming);
  if (outgoing.closed || connection.destroyed) {
    over();
    return;
  }
  const calls = waiting.get(connection) ?? waitFor(connection);
  const end = (): void => {
    outgoing.off('close', end);
    calls.delete(end);
    over();
  };
  outgoing.once('close', end);
  calls.add(end);
}

/** The same for a socket that outlives its answer. */
export function whenClosed(socket: Duplex, over: () => void): void {
  if (socket.destroyed) over();
  else socket.once('close', over);
}

/** In HTTP/2 many answers share a socket; the stream is what carries one. */
export function carrierOf(incoming: IncomingMessage): Duplex {
  return 'stream' in incoming ? (incoming.stream as Duplex) : incoming.socket;
}

function waitFor(connection: Duplex): Set<() => void> {
  const calls = new Set<() => void>();
  waiting.set(connection, calls);
  connection.once('close', () => {
    for (const call of [...calls]) call();
  });
  return calls;
}
