import { isIPv4, isIPv6 } from 'node:net';

/** An IPv4 address as written in four decimal parts, or null. */
export function readIpv4(text: string): string | null {
  return isIPv4(text) ? text : null;
}

/** An IPv6 address in the one form of RFC 5952 (lower case, longest run of zeros shortened), or null. No zone id. */
export function readIpv6(text: string): string | null {
  const groups = ipv6Groups(text);
  return groups === null ? null : ipv6Text(groups);
}

/** The eight 16-bit groups of an IPv6 address, or null. No zone id. */
export function ipv6Groups(text: string): readonly number[] | null {
  if (!isIPv6(text) || text.includes('%')) return null;
  const tail = text.lastIndexOf(':') + 1;
  const dotted = text.includes('.') ? text.slice(tail).split('.').map(Number) : [];
  const [a = 0, b = 0, c = 0, d = 0] = dotted;
  const hex =
    dotted.length === 0
      ? text
      : `${text.slice(0, tail)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  const [left = '', right] = hex.split('::');
  const before = groupsOf(left);
  const after = right === undefined ? [] : groupsOf(right);
  const zeros = new Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0);
  return [...before, ...zeros, ...after];
}

/** The sixteen octets of an IPv6 address as RFC 5952 writes them. */
export function ipv6OfOctets(octets: Uint8Array): string {
  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2) {
    groups.push(((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0));
  }
  return ipv6Text(groups);
}

/** Eight 16-bit groups as RFC 5952 writes them. */
function ipv6Text(groups: readonly number[]): string {
  const run = longestZeroRun(groups);
  const words = groups.map((group) => group.toString(16));
  if (run.length < 2) return words.join(':');
  return `${words.slice(0, run.start).join(':')}::${words.slice(run.start + run.length).join(':')}`;
}

function groupsOf(part: string): number[] {
  return part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let at = 0; at <= groups.length; at += 1) {
    if (groups[at] === 0) continue;
    if (at - start > best.length) best = { start, length: at - start };
    start = at + 1;
  }
  return best;
}
