import { isIPv4 } from 'node:net';
import { ipv4Tail, ipv6Groups } from '@latchkey/session/parts';

/**
 * What a client address counts as: itself, or the first 64 bits of an IPv6 address. An IPv4 address in any of its IPv6
 * spellings (mapped, RFC 4291, 2.5.5.2; NAT64, RFC 6052) counts as itself. Anything else is one client, `unknown`.
 */
export function networkOf(clientAddress: string): string {
  const address = clientAddress.replace(/%.*$/, '');
  if (isIPv4(address)) return address;
  const groups = ipv6Groups(address);
  if (groups === null) return 'unknown';
  const hex = groups.map((group) => group.toString(16));
  const prefix = hex.slice(0, 6).join(':');
  if (prefix === '0:0:0:0:0:ffff' || prefix === '64:ff9b:0:0:0:0') return ipv4Tail(groups);
  return `${hex.slice(0, 4).join(':')}::/64`;
}
