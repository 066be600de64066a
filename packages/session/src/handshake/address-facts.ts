import { hash } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { ipv6Groups } from '../ipv6-groups.ts';

/** How the client's address at the arrival is compared with the one in the invitation. */
export type AddressCheck = 'off' | 'prefix' | 'exact';

/** What an invitation holds of a client's address: hashes, base64url. */
export interface AddressFacts {
  readonly whole: string;
  /** Of the network: the first 24 bits of an IPv4 address, the first 64 of an IPv6 one. */
  readonly network: string;
}

/** The facts of an address, or null for what is none. IPv4 written as IPv6 is IPv4; a zone is left out. */
export function addressFacts(address: string, bytes: number): AddressFacts | null {
  const groups = groupsOf(address);
  if (groups === null) return null;
  const isV4 = groups.length === 4;
  const text = (parts: readonly number[]): string => `${isV4 ? 'v4' : 'v6'} ${parts.join('.')}`;
  return {
    whole: shortHash(text(groups), bytes),
    network: shortHash(`network ${text(groups.slice(0, isV4 ? 3 : 4))}`, bytes),
  };
}

/** Whether the address now is the one of the invitation, as far as `check` asks. Unknown on either side: no. */
export function isSameAddress(
  check: AddressCheck,
  invited: AddressFacts | null,
  address: string | null,
): boolean {
  if (check === 'off') return true;
  const bytes = invited === null ? 0 : Buffer.from(invited.whole, 'base64url').length;
  const now = address === null || invited === null ? null : addressFacts(address, bytes);
  if (now === null || invited === null) return false;
  return check === 'exact' ? now.whole === invited.whole : now.network === invited.network;
}

/** Four bytes of an IPv4 address, or eight groups of an IPv6 one. */
function groupsOf(address: string): readonly number[] | null {
  const bare = address.replace(/%.*$/, '');
  if (isIPv4(bare)) return bare.split('.').map(Number);
  const groups = ipv6Groups(bare);
  if (groups === null) return null;
  const [, , , , , marker, high = 0, low = 0] = groups;
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && marker === 0xffff;
  return isMapped ? [high >> 8, high & 0xff, low >> 8, low & 0xff] : groups;
}

function shortHash(text: string, bytes: number): string {
  const digest = hash('sha256', `latchkey invitation address\n${text}`, 'hex');
  return Buffer.from(digest.slice(0, 2 * bytes), 'hex').toString('base64url');
}
