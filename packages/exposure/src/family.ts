import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { ExposureError } from './errors.ts';
import { canonicalHost, liesUnder } from './site.ts';

/** What counts as the family's own, and whom it trusts. */
export interface FamilyOptions {
  /** Domains that are ours, with everything below. The cookie's own site is added. */
  readonly ownDomains?: readonly string[];
  /** Networks that are ours, such as `192.0.2.0/24`. None declared: every address counts as ours. */
  readonly ownRanges?: readonly string[];
  /** Domains of firms that may have the cookie: their hosts are named, and are no findings. */
  readonly accepted?: readonly string[];
}

/** {@link FamilyOptions}, ready to be asked. */
export interface FamilyGround {
  isOurs(name: string): boolean;
  isAccepted(name: string): boolean;
  /** Always true without declared ranges. */
  isOurAddress(address: string): boolean;
}

/** Throws `exposure_input_invalid` for what is no domain and no network. */
export function createFamilyGround(options: FamilyOptions): FamilyGround {
  const { ownDomains = [], ownRanges = [], accepted = [] } = options;
  const own = ownDomains.map(readDomain);
  const trusted = accepted.map(readDomain);
  const ranges = ownRanges.length === 0 ? null : readRanges(ownRanges);
  return {
    isOurs: (name) => own.some((domain) => liesUnder(name, domain)),
    isAccepted: (name) => trusted.some((domain) => liesUnder(name, domain)),
    isOurAddress: (address) =>
      ranges === null || ranges.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'),
  };
}

function readDomain(text: string): string {
  const name = canonicalHost(text.replace(/^\*?\./, '').replace(/\.$/, ''));
  if (name !== null) return name;
  throw new ExposureError('exposure_input_invalid', `${JSON.stringify(text)} is no domain.`);
}

function readRanges(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', length] = range.split('/');
    const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : null;
    const longest = family === 'ipv4' ? 32 : 128;
    const bits = length === undefined ? longest : /^\d{1,3}$/.test(length) ? Number(length) : -1;
    if (family === null || bits < 0 || bits > longest) {
      throw new ExposureError(
        'exposure_input_invalid',
        `${JSON.stringify(range)} is no network. Write an address and a length, such as 192.0.2.0/24.`,
      );
    }
    list.addSubnet(address, bits, family);
  }
  return list;
}
