import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { decodeMessage, encodeQuery, type QueryType, type WireMessage } from './message.ts';
import type { ServerAddress } from './server-address.ts';

export interface UdpQuery {
  readonly name: string;
  readonly type: QueryType;
  readonly edns: boolean;
}

export type UdpReply =
  | { readonly kind: 'message'; readonly message: WireMessage }
  | { readonly kind: 'timeout' }
  /** The machine says that nothing listens there. */
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'closed' };

export interface UdpExchange {
  ask(query: UdpQuery): Promise<UdpReply>;
  /** Ends all that is under way with `closed`. */
  close(): void;
}

export interface UdpOptions {
  /** Milliseconds until a query counts as lost. */
  readonly timeoutMilliseconds: number;
  /** Ports that queries are spread over: a forger has to guess the port too (RFC 5452). */
  readonly sockets: number;
  /** A random message id, 0 to 65,535. */
  readonly messageId: () => number;
}

interface Pending {
  readonly query: UdpQuery;
  readonly settle: (reply: UdpReply) => void;
}

interface Port {
  readonly socket: Socket;
  readonly pending: Map<number, Pending>;
}

/**
 * Queries to one server over connected UDP sockets: the system drops what comes from elsewhere, and a reply counts only
 * with the id and question of a query under way on that very socket. Anything else is left aside and the wait goes on.
 */
export async function openUdpExchange(
  server: ServerAddress,
  options: UdpOptions,
): Promise<UdpExchange> {
  const ports = await Promise.all(Array.from({ length: options.sockets }, () => openPort(server)));
  let turn = 0;
  let isClosed = false;
  return {
    ask(query) {
      turn = (turn + 1) % ports.length;
      const port = ports[turn];
      if (port === undefined || isClosed) return Promise.resolve({ kind: 'closed' });
      return ask(port, query, options);
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      for (const port of ports) {
        settleAll(port, { kind: 'closed' });
        port.socket.close();
      }
    },
  };
}

async function openPort(server: ServerAddress): Promise<Port> {
  const socket = createSocket(isIP(server.host) === 6 ? 'udp6' : 'udp4');
  const port: Port = { socket, pending: new Map() };
  await new Promise<void>((resolve) => {
    socket.once('error', () => resolve());
    socket.connect(server.port, server.host, resolve);
  });
  socket.removeAllListeners('error');
  // ICMP "port unreachable" arrives as an error of the socket, for whatever is under way on it.
  socket.on('error', () => settleAll(port, { kind: 'unreachable' }));
  socket.on('message', (octets) => receive(port, octets));
  return port;
}

function ask(port: Port, query: UdpQuery, options: UdpOptions): Promise<UdpReply> {
  return new Promise((resolve) => {
    const id = freeId(port, options.messageId);
    const timer = setTimeout(() => settle({ kind: 'timeout' }), options.timeoutMilliseconds);
    const settle = (reply: UdpReply): void => {
      clearTimeout(timer);
      port.pending.delete(id);
      resolve(reply);
    };
    port.pending.set(id, { query, settle });
    try {
      port.socket.send(encodeQuery({ ...query, id }), (error) => {
        if (error !== null) settle({ kind: 'unreachable' });
      });
    } catch {
      settle({ kind: 'unreachable' });
    }
  });
}

function freeId(port: Port, messageId: () => number): number {
  let id = messageId() & 0xffff;
  while (port.pending.has(id)) id = (id + 1) & 0xffff;
  return id;
}

function receive(port: Port, octets: Buffer): void {
  const pending = octets.length < 2 ? undefined : port.pending.get(octets.readUInt16BE(0));
  if (pending === undefined) return;
  const message = decodeMessage(octets);
  if (message !== null && answers(message, pending.query)) {
    pending.settle({ kind: 'message', message });
  }
}

/** Whether the message is a reply to this very question. Errors may come back without the question. */
export function answers(message: WireMessage, query: Pick<UdpQuery, 'name' | 'type'>): boolean {
  if (!message.isReply) return false;
  const { question } = message;
  if (question === null) return message.rcode === 'formerr' || message.rcode === 'notimp';
  return question.name === query.name && question.type === query.type;
}

function settleAll(port: Port, reply: UdpReply): void {
  for (const { settle } of [...port.pending.values()]) settle(reply);
}
