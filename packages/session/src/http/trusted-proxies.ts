import { BlockList, isIP } from 'node:net';
import { LatchkeyError } from '../errors.ts';

/** A connection, and what the request on it says; nothing of it is believed yet. */
export interface Connection {
  /** The socket's other end; undefined where nobody knows. */
  readonly remoteAddress: string | undefined;
  /** Whether TLS ends in this process. */
  readonly encrypted: boolean;
  /** A request header by its small name; several lines are one, joined by commas. */
  header(name: string): string | undefined;
}

/** Who asks, and for what, as far as it can be believed. */
export interface RequestFacts {
  /** The client's address, or `unknown`. */
  readonly address: string;
  readonly scheme: 'http' | 'https';
  /** As a `Host` header writes it, in lower-case letters; undefined where the request names none. */
  readonly host: string | undefined;
}

/** Which headers proxies write: `X-Forwarded-For`, `-Proto`, `-Host`, or `Forwarded` (RFC 7239). Never both: a client can send the other. */
export type ForwardedHeaders = 'x-forwarded' | 'forwarded';

/** What listed proxies say about requests. */
export interface TrustedProxies {
  /**
   * The address of a client: the socket's, or, where that is a listed proxy, the last address in `X-Forwarded-For` that is
   * none. What stands further left was said by the client itself and does not count.
   */
  clientAddress(socket: string | undefined, forwardedFor: string | null): string;
  /** Address, scheme and host of a request. Of a proxy that is not listed no header is read. */
  factsOf(connection: Connection): RequestFacts;
}

/** Entries of the headers that are looked at, from the right: more proxies than anybody has in a row. */
const maxHops = 16;

/**
 * `ranges`: addresses or CIDR ranges, such as `127.0.0.1` or `10.2.0.0/16`, of proxies that set or append to the
 * forwarding headers. Without any, no such header is read. Throws `option_invalid` for anything else.
 */
export function createTrustedProxies(
  ranges: readonly string[],
  headers: ForwardedHeaders = 'x-forwarded',
): TrustedProxies {
  const listed = new BlockList();
  for (const range of ranges) addRange(listed, range);
  const isListed = (address: string): boolean => {
    const version = isIP(address);
    return version !== 0 && listed.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
  const read = headers === 'forwarded' ? forwardedHops : xForwardedHops;
  return {
    clientAddress: (socket, forwardedFor) =>
      outermost(socket, listOf(forwardedFor).reverse().map(forOnly), isListed).address,
    factsOf(connection) {
      const { remoteAddress, encrypted } = connection;
      const direct: RequestFacts = {
        address: remoteAddress ?? 'unknown',
        scheme: encrypted ? 'https' : 'http',
        host: connection.header('host')?.toLowerCase(),
      };
      if (!isListed(direct.address)) return direct;
      const { address, hop } = outermost(remoteAddress, read(connection), isListed);
      return {
        address,
        scheme: hop?.proto ?? direct.scheme,
        host: hop?.host?.toLowerCase() ?? direct.host,
      };
    },
  };
}

/** What one proxy wrote of the request that came to it. */
interface ForwardedHop {
  readonly client: string;
  readonly proto?: 'http' | 'https' | undefined;
  readonly host?: string | undefined;
}

/**
 * From the nearest proxy outwards as far as proxies are listed: the client, and the entry that the last of them wrote. `hops`
 * come in that order, and what no listed proxy wrote is not read.
 */
function outermost(
  socket: string | undefined,
  hops: Iterable<ForwardedHop>,
  isListed: (address: string) => boolean,
): { readonly address: string; readonly hop: ForwardedHop | null } {
  let address = socket ?? 'unknown';
  let last: ForwardedHop | null = null;
  const reading = hops[Symbol.iterator]();
  for (let count = 0; count < maxHops && isListed(address); count += 1) {
    const { done = false, value: hop } = reading.next();
    if (done) break;
    last = hop;
    const next = readAddress(hop.client);
    // Nobody knows who wrote that: the proxy that handed it on stands for its clients.
    if (next === null) break;
    address = next;
  }
  return { address, hop: last };
}

/**
 * `X-Forwarded-For` names the hops. The other two are lists of the same length where every proxy appends, and one value
 * where the nearest writes it again: then that value counts.
 */
function* xForwardedHops(connection: Connection): Iterable<ForwardedHop> {
  const clients = listOf(connection.header('x-forwarded-for'));
  const protos = listOf(connection.header('x-forwarded-proto'));
  const hosts = listOf(connection.header('x-forwarded-host'));
  // Without For: one hop, from the proxy itself.
  const all = clients.length === 0 ? [''] : clients;
  const at = (list: readonly string[], index: number): string | undefined =>
    list.length === all.length ? list[index] : list.at(-1);
  for (let index = all.length - 1; index >= 0; index -= 1) {
    const [proto, host] = [protoOf(at(protos, index)), hostOf(at(hosts, index))];
    yield { client: all[index] ?? '', proto, host };
  }
}

/** RFC 7239, section 4: elements by commas, `name=value` by semicolons, values perhaps quoted. */
function* forwardedHops(connection: Connection): Iterable<ForwardedHop> {
  for (const element of listOf(connection.header('forwarded')).reverse()) {
    const pairs = new Map(element.split(';').map(readPair));
    const [client = '', proto, host] = [pairs.get('for'), pairs.get('proto'), pairs.get('host')];
    yield { client, proto: protoOf(proto), host: hostOf(host) };
  }
}

/** Without a pattern: one with blanks on both sides of optional parts tries them in every combination. */
function readPair(pair: string): readonly [name: string, value: string] {
  const equals = pair.indexOf('=');
  const name = pair.slice(0, Math.max(0, equals)).trim().toLowerCase();
  const value = pair.slice(equals + 1).trim();
  const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
  const bare = isQuoted ? value.slice(1, -1) : value;
  return bare.includes('"') ? [name, ''] : [name, bare];
}

/** The last entries of a header; a header without end is not split as a whole. */
function listOf(header: string | null | undefined): string[] {
  if (header === null || header === undefined || header.trim() === '') return [];
  return header
    .slice(-4096)
    .split(',')
    .map((entry) => entry.trim());
}

function forOnly(client: string): ForwardedHop {
  return { client };
}

function protoOf(value: string | undefined): 'http' | 'https' | undefined {
  const proto = value?.toLowerCase();
  return proto === 'https' || proto === 'http' ? proto : undefined;
}

function hostOf(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}

/** An address, also with a port behind it as some proxies write it; null for anything else. */
function readAddress(entry: string): string | null {
  const text = entry.trim();
  if (isIP(text) !== 0) return text;
  const bare =
    /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1];
  return bare !== undefined && isIP(bare) !== 0 ? bare : null;
}

function addRange(list: BlockList, range: string): void {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(range) ?? [];
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? most : Number(bits);
  // A range of all addresses would let every client choose its own.
  if (version === 0 || prefix > most || prefix === 0) {
    throw new LatchkeyError(
      'option_invalid',
      `A trusted proxy is an address or a range in CIDR notation, such as '127.0.0.1' or '10.2.0.0/16'; '${range}' is not.`,
    );
  }
  list.addSubnet(address, prefix, version === 4 ? 'ipv4' : 'ipv6');
}
