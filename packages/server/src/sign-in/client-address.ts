import { BlockList, isIP } from 'node:net';
import { LatchkeyError } from '@latchkey/session';

/**
 * The address of a client: the socket's, or, where that is a trusted proxy, the last address in `X-Forwarded-For` that is
 * none. What stands further left was said by the client itself and does not count.
 */
export type ClientAddress = (socket: string | undefined, forwardedFor: string | null) => string;

/** Entries of the header that are looked at, from the right: more proxies than anybody has in a row. */
const maxHops = 16;

/**
 * `trustedProxies`: addresses or CIDR ranges, such as `127.0.0.1` or `10.2.0.0/16`, of proxies that append to
 * `X-Forwarded-For`. Without any, the header is not read. Throws `option_invalid` for anything else.
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  const trusted = new BlockList();
  for (const range of trustedProxies) addRange(trusted, range);
  const isTrusted = (address: string): boolean => {
    const version = isIP(address);
    return version !== 0 && trusted.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
  return (socket, forwardedFor) => {
    let client = socket ?? 'unknown';
    if (forwardedFor === null || !isTrusted(client)) return client;
    for (const entry of forwardedFor.split(',').slice(-maxHops).reverse()) {
      const address = readAddress(entry);
      // Nobody knows who wrote that: the proxy that handed it on stands for its clients.
      if (address === null) return client;
      client = address;
      if (!isTrusted(client)) return client;
    }
    return client;
  };
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
