import { BlockList, isIP } from 'node:net';
import { LatchkeyError } from '@latchkey/session';
import { ipv4Tail, ipv6Groups } from '@latchkey/session/parts';

/** Says of an IP address whether an outgoing call may go there. */
export interface AddressRanges {
  /** `public`: the open internet; `allowed`: inside a configured range; `refused`: neither, or a metadata service. */
  judge(address: string): 'public' | 'allowed' | 'refused';
}

// IANA's special-purpose registries, in so far as nothing there is a server on the open internet.
const specialIpv4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

// Inside 2000::/3, which is all of IPv6 that is routed: protocol assignments with Teredo, documentation, 6to4, AS112.
const specialIpv6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

// Where clouds hand out credentials to whoever asks from inside; the last IPv4 ones are outside every special range.
const metadata = [
  '169.254.169.254/32',
  '169.254.170.2/32',
  '169.254.170.23/32',
  '192.0.0.192/32',
  '100.100.100.200/32',
  '168.63.129.16/32',
  'fd00:ec2::254/128',
  'fd00:ec2::23/128',
  'fd20:ce::254/128',
];

const ipv4Mapped = '::ffff:0:0/96';
const nat64Prefix = '64:ff9b::/96';

/**
 * The ranges with `allowed` added: CIDR notation, IPv4 or IPv6, such as `10.2.0.0/16`. Throws `option_invalid` for
 * anything else. Metadata addresses stay refused inside an allowed range.
 */
export function createAddressRanges(allowed: readonly string[]): AddressRanges {
  const lists = {
    metadata: blockList(metadata),
    allowed: blockList(allowed),
    special: blockList([...specialIpv4, ...specialIpv6]),
    routed: blockList(['2000::/3', ipv4Mapped]),
    nat64: blockList([nat64Prefix]),
  };
  function judge(address: string): 'public' | 'allowed' | 'refused' {
    const version = isIP(address);
    if (version === 0) return 'refused';
    const family = version === 4 ? 'ipv4' : 'ipv6';
    if (lists.metadata.check(address, family)) return 'refused';
    // The gateway goes on to the IPv4 address inside; an IPv4-mapped one is compared with the IPv4 ranges by Node.
    const isNat64 = version === 6 && lists.nat64.check(address, family);
    const embedded = isNat64 ? ipv4Tail(ipv6Groups(address) ?? []) : '';
    if (isNat64 && judge(embedded) === 'refused') return 'refused';
    if (lists.allowed.check(address, family)) return 'allowed';
    if (isNat64) return judge(embedded);
    if (lists.special.check(address, family)) return 'refused';
    return version === 4 || lists.routed.check(address, family) ? 'public' : 'refused';
  }
  return { judge };
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(range) ?? [];
    const version = isIP(address);
    if (version === 0 || Number(bits) > (version === 4 ? 32 : 128)) {
      throw new LatchkeyError(
        'option_invalid',
        `An allowed range of outgoing calls must be written in CIDR notation, such as '10.2.0.0/16'; '${range}' is not.`,
      );
    }
    list.addSubnet(address, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
