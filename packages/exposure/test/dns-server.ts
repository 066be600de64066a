import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Answer, decode, encode, type Packet } from 'dns-packet';

/** One query as the scripted server sees it. */
export interface Asked {
  readonly name: string;
  readonly type: string;
  readonly transport: 'udp' | 'tcp';
  readonly edns: boolean;
  /** From 1: how often this name and type was asked over this transport. */
  readonly times: number;
}

/** What it says: a packet (id and question are filled in), octets as they are, several of either, or nothing at all. */
export type Said = Packet | Buffer | readonly (Packet | Buffer)[] | null;

export interface ScriptedServer {
  /** `127.0.0.1:port`, for UDP and TCP. */
  readonly address: string;
  readonly asked: readonly Asked[];
  stop(): Promise<void>;
}

/** A name server on 127.0.0.1 that says what a test wants, for the cases that no proper server can be made to do. */
export async function startScriptedServer(script: (asked: Asked) => Said): Promise<ScriptedServer> {
  const asked: Asked[] = [];
  const counts = new Map<string, number>();
  const replies = (octets: Buffer, transport: 'udp' | 'tcp'): readonly Buffer[] => {
    const query = decode(octets);
    const { name, type } = query.questions?.[0] ?? { name: '.', type: 'A' };
    const key = `${transport} ${type} ${name}`;
    const times = (counts.get(key) ?? 0) + 1;
    counts.set(key, times);
    const edns = (query.additionals ?? []).length > 0;
    const one: Asked = { name, type, transport, edns, times };
    asked.push(one);
    const said = script(one);
    const list = said === null ? [] : Array.isArray(said) ? said : [said];
    return (list as readonly (Packet | Buffer)[]).map((part) => {
      if (Buffer.isBuffer(part)) return part;
      const { id, questions } = query;
      return encode({ type: 'response', id, questions, ...part } as Packet);
    });
  };
  const { tcp, udp } = await bindBoth();
  const sockets = new Set<Socket>();
  udp.on('message', (octets, from) => {
    for (const reply of replies(octets, 'udp')) udp.send(reply, from.port, from.address);
  });
  tcp.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', (octets) => {
      for (const reply of replies(octets.subarray(2), 'tcp')) socket.write(framed(reply));
    });
  });
  return {
    address: `127.0.0.1:${(tcp.address() as AddressInfo).port}`,
    asked,
    async stop() {
      for (const socket of sockets) socket.destroy();
      udp.close();
      await new Promise((resolve) => tcp.close(resolve));
    },
  };
}

type MakeRecord = (name: string, type: string, data: unknown) => Answer;

/** Makes records with a TTL of so many seconds. */
export function recordLasting(ttl: number): MakeRecord {
  return (name, type, data) => ({ name, type, data, ttl }) as Answer;
}

export const record: MakeRecord = recordLasting(300);

/** A packet that answers with records. */
export function answer(...answers: readonly Answer[]): Packet {
  return { flags: 0x0480, answers: [...answers] };
}

/** A packet with a code and nothing else: 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED. */
export function code(rcode: number, answers: readonly Answer[] = []): Packet {
  return { flags: 0x0080 | rcode, answers: [...answers] };
}

function framed(reply: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(reply.length);
  return Buffer.concat([length, reply]);
}

/** TCP and UDP on one port that the system chooses. */
async function bindBoth(): Promise<{ tcp: Server; udp: UdpSocket }> {
  for (;;) {
    const tcp = createServer();
    await new Promise<void>((resolve) => {
      tcp.listen(0, '127.0.0.1', resolve);
    });
    const udp = createSocket('udp4');
    const isBound = await new Promise<boolean>((resolve) => {
      udp.once('error', () => resolve(false));
      udp.bind((tcp.address() as AddressInfo).port, '127.0.0.1', () => resolve(true));
    });
    if (isBound) return { tcp, udp };
    tcp.close();
  }
}
