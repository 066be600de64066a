// Owns names, messages and the asking of DNS servers: UDP and TCP, retries, pace, chains of aliases, delegations. What
// the answers mean for a cookie is judged in the files above this folder; which names are asked for is theirs and
// `live/`'s.

import { randomFillSync } from 'node:crypto';
import { getServers, promises } from 'node:dns';
import { isIP } from 'node:net';
import { decodeMessage, encodeQuery, type QueryType, type WireMessage } from './message.ts';
import { createPace, type Pace } from './pace.ts';
import { parseServerAddress, type ServerAddress, serverText } from './server-address.ts';
import { createSlots, type Slots } from './slots.ts';
import { tcpMessages } from './tcp-messages.ts';
import { answers, openUdpExchange, type UdpExchange } from './udp-exchange.ts';

export interface ResolverOptions {
  /** `127.0.0.1:53`, `[::1]:5353`, `dns.example.com`. Default: those of the system. */
  readonly servers?: readonly string[];
  /** Milliseconds until one try counts as lost. Default 2,000. */
  readonly timeoutMilliseconds?: number;
  /** Tries in all, servers in turn. Default 3. */
  readonly tries?: number;
  /** Queries under way at once, for each server. Default 200. */
  readonly concurrency?: number;
  /**
   * Queries a second, for each server. Default 1,000, which public resolvers bear, and no bound for a server on this
   * machine.
   */
  readonly queriesPerSecond?: number;
  /** A random message id, 0 to 65,535. Default: from the system's generator. */
  readonly messageId?: () => number;
  readonly signal?: AbortSignal;
}

/** `noerror` and `nxdomain` come as a message; the rest says nothing about the name. */
export type Reply =
  | { readonly kind: 'message'; readonly message: WireMessage }
  | { readonly kind: 'failed'; readonly why: 'timeout' | 'servfail' | 'refused' | 'aborted' };

export interface Resolver {
  /** The servers that are asked, as `host:port`. */
  readonly servers: readonly string[];
  ask(name: string, type: QueryType): Promise<Reply>;
  close(): void;
}

export type OpenResolverResult =
  | { readonly kind: 'resolver'; readonly resolver: Resolver }
  | { readonly kind: 'unusable'; readonly server: string };

const socketCount = 4;
const defaultPerSecond = 1_000;
/** A server that never replied to so many tries is not there: thousands of names are not waited for one by one. */
const deadAfter = 100;

/**
 * A stub resolver that tells apart what `node:dns` does not: NODATA, NXDOMAIN, SERVFAIL, REFUSED and silence, with every
 * CNAME and DNAME of the answer. UDP with EDNS, TCP when truncated, retries, the next server after a failure. It asks with
 * recursion desired and follows no referral itself. DNSSEC is left to the servers.
 */
export async function openResolver(options: ResolverOptions = {}): Promise<OpenResolverResult> {
  const servers: ServerAddress[] = [];
  for (const text of options.servers ?? getServers()) {
    const address = await addressOf(text);
    if (address === null) return { kind: 'unusable', server: text };
    servers.push(address);
  }
  const timeoutMilliseconds = options.timeoutMilliseconds ?? 2_000;
  const messageId = options.messageId ?? createMessageIds();
  const peers: Peer[] = [];
  for (const address of servers) {
    const udp = await openUdpExchange(address, {
      timeoutMilliseconds,
      sockets: socketCount,
      messageId,
    });
    const slots = createSlots(options.concurrency ?? 200);
    const pace = paceFor(address, options);
    peers.push({ address, udp, slots, pace, edns: true, hasReplied: false, lost: 0 });
  }
  const tries = options.tries ?? 3;
  const context: Context = { peers, tries, timeoutMilliseconds, messageId, signal: options.signal };
  const close = (): void => {
    for (const peer of peers) peer.udp.close();
    options.signal?.removeEventListener('abort', close);
  };
  options.signal?.addEventListener('abort', close, { once: true });
  let turn = 0;
  const resolver: Resolver = {
    servers: servers.map(serverText),
    ask(name, type) {
      turn += 1;
      return askAll(context, { name, type }, turn);
    },
    close,
  };
  return { kind: 'resolver', resolver };
}

interface Peer {
  readonly address: ServerAddress;
  readonly udp: UdpExchange;
  readonly slots: Slots;
  readonly pace: Pace | null;
  /** False once the server has shown that it does not know EDNS. */
  edns: boolean;
  hasReplied: boolean;
  /** Tries without a reply. */
  lost: number;
}

interface Context {
  readonly peers: readonly Peer[];
  readonly tries: number;
  readonly timeoutMilliseconds: number;
  readonly messageId: () => number;
  readonly signal: AbortSignal | undefined;
}

interface Question {
  readonly name: string;
  readonly type: QueryType;
}

type Failure = 'timeout' | 'servfail' | 'refused' | 'aborted';

async function askAll(context: Context, question: Question, turn: number): Promise<Reply> {
  const refusals = new Map<Peer, Failure>();
  for (let attempt = 0; attempt < context.tries; attempt += 1) {
    const open = context.peers.filter((peer) => !refusals.has(peer));
    const peer = open[(turn + attempt) % Math.max(1, open.length)];
    if (peer === undefined || context.signal?.aborted === true) break;
    const reply = await askOne(context, peer, question);
    if (reply.kind === 'message' || reply.why === 'aborted') return reply;
    // A server that refuses or fails would do so again; one that was silent may have lost the packet.
    if (reply.why !== 'timeout') refusals.set(peer, reply.why);
  }
  if (context.signal?.aborted === true) return { kind: 'failed', why: 'aborted' };
  const whys = [...refusals.values()];
  const why = whys.includes('servfail') ? 'servfail' : (whys[0] ?? 'timeout');
  return { kind: 'failed', why };
}

async function askOne(context: Context, peer: Peer, question: Question): Promise<Reply> {
  await peer.slots.take();
  try {
    if (!peer.hasReplied && peer.lost >= deadAfter) return { kind: 'failed', why: 'timeout' };
    await peer.pace?.turn();
    const message = await exchange(context, peer, question);
    return typeof message === 'string' ? { kind: 'failed', why: message } : judge(message);
  } finally {
    peer.slots.give();
  }
}

function judge(message: WireMessage): Reply {
  // YXDOMAIN (6): a DNAME makes a name that is too long (RFC 6672 s.2.2); the DNAME is in the answer.
  if (['noerror', 'nxdomain', 'rcode6'].includes(message.rcode))
    return { kind: 'message', message };
  return { kind: 'failed', why: message.rcode === 'refused' ? 'refused' : 'servfail' };
}

async function exchange(
  context: Context,
  peer: Peer,
  question: Question,
): Promise<WireMessage | Failure> {
  const { edns } = peer;
  const reply = await peer.udp.ask({ ...question, edns });
  if (reply.kind === 'closed') return 'aborted';
  if (reply.kind !== 'message') {
    peer.lost += 1;
    return 'timeout';
  }
  peer.hasReplied = true;
  const { message } = reply;
  if (edns && (message.rcode === 'formerr' || message.rcode === 'notimp')) {
    peer.edns = false;
    return exchange(context, peer, question);
  }
  return message.truncated ? exchangeByTcp(context, peer, question) : message;
}

async function exchangeByTcp(
  context: Context,
  peer: Peer,
  question: Question,
): Promise<WireMessage | Failure> {
  const id = context.messageId();
  const query = encodeQuery({ ...question, id, edns: peer.edns });
  const deadline = AbortSignal.timeout(context.timeoutMilliseconds * 2);
  const { signal: outer } = context;
  const signal = outer === undefined ? deadline : AbortSignal.any([outer, deadline]);
  try {
    const frames = tcpMessages(peer.address, query, {
      idleMilliseconds: context.timeoutMilliseconds,
      signal,
    });
    for await (const octets of frames) {
      const message = decodeMessage(octets);
      if (message !== null && message.id === id && answers(message, question)) return message;
    }
  } catch {
    // The name is as unknown after a broken connection as after a lost packet.
  }
  return outer?.aborted === true ? 'aborted' : 'timeout';
}

async function addressOf(text: string): Promise<ServerAddress | null> {
  const parsed = parseServerAddress(text);
  if (parsed === null || isIP(parsed.host) !== 0) return parsed;
  try {
    const { address } = await promises.lookup(parsed.host);
    return { host: address, port: parsed.port };
  } catch {
    return null;
  }
}

function paceFor({ host }: ServerAddress, options: ResolverOptions): Pace | null {
  const isHere = host === '::1' || host.startsWith('127.');
  const perSecond = options.queriesPerSecond ?? (isHere ? null : defaultPerSecond);
  if (perSecond === null) return null;
  const sleep = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      setTimeout(resolve, milliseconds);
    });
  return createPace({ perSecond, now: () => performance.now(), sleep });
}

/** Ids from the system's generator, drawn in blocks: one draw a query would be a third of its cost. */
function createMessageIds(): () => number {
  const block = new Uint16Array(1_024);
  let used = block.length;
  return () => {
    if (used === block.length) {
      randomFillSync(block);
      used = 0;
    }
    used += 1;
    return block[used - 1] ?? 0;
  };
}
