import { connect, type Socket } from 'node:net';
import type { ServerAddress } from './server-address.ts';

export interface TcpOptions {
  /** Milliseconds without a byte after which the server counts as silent. */
  readonly idleMilliseconds: number;
  readonly signal?: AbortSignal;
}

/**
 * Sends one query over TCP and gives the messages that come back, each without its two octets of length (RFC 1035
 * s.4.2.2), until the server closes or the caller stops. Throws when the connection fails or falls silent.
 */
export async function* tcpMessages(
  server: ServerAddress,
  query: Buffer,
  options: TcpOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const socket = connect({ host: server.host, port: server.port });
  const abort = (): void => void socket.destroy(new Error('aborted'));
  options.signal?.addEventListener('abort', abort, { once: true });
  socket.setTimeout(options.idleMilliseconds, () => socket.destroy(new TcpSilence()));
  try {
    if (options.signal?.aborted === true) abort();
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    socket.write(Buffer.concat([length, query]));
    yield* framesOf(socket);
  } finally {
    options.signal?.removeEventListener('abort', abort);
    socket.destroy();
  }
}

/** The server sent nothing for the time that it had. */
export class TcpSilence extends Error {
  override readonly name = 'TcpSilence';
  constructor() {
    super('The name server fell silent.');
  }
}

async function* framesOf(socket: Socket): AsyncGenerator<Buffer, void, undefined> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    held.push(chunk);
    size += chunk.length;
    if (size < 2) continue;
    let whole = held.length === 1 ? chunk : Buffer.concat(held);
    // A message of 64 KiB comes in many chunks: joined only when it is all there.
    while (whole.length >= 2 && whole.length >= whole.readUInt16BE(0) + 2) {
      const end = whole.readUInt16BE(0) + 2;
      yield whole.subarray(2, end);
      whole = whole.subarray(end);
    }
    held = [whole];
    size = whole.length;
  }
}
