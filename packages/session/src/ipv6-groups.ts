import { isIPv6 } from 'node:net';

/** The eight 16-bit groups of an IPv6 address in any spelling, less a zone; null for anything else. */
export function ipv6Groups(address: string): readonly number[] | null {
  const bare = address.replace(/%.*$/, '');
  if (!isIPv6(bare)) return null;
  // The URL parser writes every spelling of an address the same way (RFC 5952), an IPv4 tail as groups.
  const [head = '', tail] = new URL(`http://[${bare}]/`).hostname.slice(1, -1).split('::');
  const read = (part = ''): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [before, after] = [read(head), read(tail)];
  const zeros: number[] = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after];
}

/** The IPv4 address in the last 32 bits. */
export function ipv4Tail(groups: readonly number[]): string {
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 255])
    .join('.');
}
