import { SocketAddress } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ipv6OfOctets, readIpv4, readIpv6 } from './address.ts';

test.each([
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['::ffff:192.0.2.1', '::ffff:c000:201'],
])('%s is written %s', (text, written) => {
  expect(readIpv6(text)).toBe(written);
});

test.each(['', '1.2.3.4', 'fe80::1%eth0', '1::2::3', 'g::'])('%j is no IPv6 address', (text) => {
  expect(readIpv6(text)).toBe(null);
});

test.each(['', '1.2.3', '256.1.1.1', '01.2.3.4', '::1'])('%j is no IPv4 address', (text) => {
  expect(readIpv4(text)).toBe(null);
});

test('octets are written as the system writes them', () => {
  const octet = fc.oneof(fc.constant(0), fc.nat(255));
  fc.assert(
    fc.property(fc.array(octet, { minLength: 16, maxLength: 16 }), (octets) => {
      const written = ipv6OfOctets(Uint8Array.from(octets));
      expect(readIpv6(written)).toBe(written);
      const system = new SocketAddress({ address: written, family: 'ipv6' }).address;
      // The system writes addresses that embed IPv4 with dots; read again they are the same.
      expect(readIpv6(system)).toBe(written);
    }),
  );
});
