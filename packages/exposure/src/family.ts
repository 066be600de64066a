import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { refuseInput } from './errors.ts';
import { canonicalHost, icannSiteOf, liesUnder } from './site.ts';

/** What counts as the family's own, and whom it trusts. */
export interface FamilyOptions {
  /** Domains that are ours, with everything below. The cookie's own site is added. */
  readonly ownDomains?: readonly string[];
  /** Networks that are ours, such as `192.0.2.0/24`. None declared: every address counts as ours. Private ones always do. */
  readonly ownRanges?: readonly string[];
  /**
   * Domains of firms that may have the cookie, with everything below; or hosts of ours, by their whole name, whoever answers
   * for them. They are named, and are no findings.
   */
  readonly accepted?: readonly string[];
}

/** Names that lead to the family's own machines though they are elsewhere: where the records of its apps lead. */
export type OwnTargets = ReadonlySet<string>;

/** {@link FamilyOptions}, ready to be asked. */
export interface FamilyGround {
  isOurs(name: string): boolean;
  /** Nobody else can come to hold the name: who registered its domain is us, not one whose customer we are. */
  isOursAlone(name: string): boolean;
  /** An app's own target: whatever address is behind it. */
  isOurTarget(name: string): boolean;
  isAccepted(name: string): boolean;
  /** The host itself was accepted, by its whole name. */
  isAcceptedHost(name: string): boolean;
  /** Always true without declared ranges, and for addresses that nobody outside can have. */
  isOurAddress(address: string): boolean;
}

/**
 * Networks that no stranger on the internet answers in: private use (RFC 1918, 4193), shared (6598), loopback, link-local, this
 * host, discard-only (6666, which Cloudflare writes for names that have no machine).
 */
const privateRanges: readonly string[] = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '127.0.0.0/8'],
  ...['169.254.0.0/16', '0.0.0.0/8', 'fc00::/7', 'fe80::/10', '::1/128', '::/128', '100::/64'],
];

/** Throws `exposure_input_invalid` for what is no domain and no network. */
export function createFamilyGround(
  options: FamilyOptions,
  targets: OwnTargets = new Set(),
): FamilyGround {
  const { ownDomains = [], ownRanges = [], accepted = [] } = options;
  const own = ownDomains.map(readDomain);
  const trusted = accepted.map(readDomain);
  const hosts = new Set(accepted.map((name) => name.toLowerCase().replace(/\.$/, '')));
  const ranges = ownRanges.length === 0 ? null : readRanges([...ownRanges, ...privateRanges]);
  const isInOwnDomain = (name: string): boolean => own.some((domain) => liesUnder(name, domain));
  return {
    isOurs: (name) => targets.has(name) || isInOwnDomain(name),
    isOursAlone(name) {
      const site = icannSiteOf(name);
      return site !== null && isInOwnDomain(site);
    },
    isOurTarget: (name) => targets.has(name),
    isAcceptedHost: (name) => hosts.has(name),
    isAccepted: (name) => trusted.some((domain) => liesUnder(name, domain)),
    isOurAddress: (address) =>
      ranges === null || ranges.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'),
  };
}

function readDomain(text: string): string {
  const name = canonicalHost(text.replace(/^\*?\./, '').replace(/\.$/, ''));
  if (name !== null) return name;
  throw refuseInput(`${JSON.stringify(text)} is no domain.`);
}

function readRanges(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', length] = range.split('/');
    const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : null;
    const longest = family === 'ipv4' ? 32 : 128;
    const bits = length === undefined ? longest : /^\d{1,3}$/.test(length) ? Number(length) : -1;
    if (family === null || bits < 0 || bits > longest) {
      throw refuseInput(
        `${JSON.stringify(range)} is no network. Write an address and a length, such as 192.0.2.0/24.`,
      );
    }
    list.addSubnet(address, bits, family);
  }
  return list;
}
