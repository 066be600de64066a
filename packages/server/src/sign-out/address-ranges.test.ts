import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAddressRanges } from './address-ranges.ts';

const none = createAddressRanges([]);

describe('without allowed ranges', () => {
  test.each([
    '8.8.8.8',
    '1.1.1.1',
    '100.63.255.255',
    '100.128.0.1',
    '172.15.255.255',
    '172.32.0.1',
    '198.17.255.255',
    '223.255.255.255',
    '2a00:1450:4001::200e',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ])('%s is public', (address) => expect(none.judge(address)).toBe('public'));

  test.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.1.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '0:0:0:0:0:0:0:1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    '4000::1',
    '5f00::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '0:0:0:0:0:ffff:127.0.0.1',
    '::127.0.0.1',
    '64:ff9b::10.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::a00:1',
    '64:ff9b::a00:0',
  ])('%s is refused', (address) => expect(none.judge(address)).toBe('refused'));

  test('what is no address is refused', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^[\d.]+$|:/.test(text));
        expect(none.judge(text)).toBe('refused');
      }),
    );
  });

  test('an IPv4 address is judged alike in every form', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const bytes = address.split('.').map(Number);
        const [a = 0, b = 0, c = 0, d = 0] = bytes;
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        const verdict = none.judge(address);
        for (const prefix of ['::ffff:', '64:ff9b::', '0:0:0:0:0:ffff:']) {
          expect(none.judge(`${prefix}${address}`)).toBe(verdict);
          expect(none.judge(`${prefix}${hex}`)).toBe(verdict);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('metadata services', () => {
  const everything = createAddressRanges(['0.0.0.0/0', '::/0']);
  test.each([
    '169.254.169.254',
    '169.254.170.2',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    'fd00:ec2::254',
    'fd00:0ec2:0:0:0:0:0:254',
    'fd20:ce::254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::169.254.169.254',
    '64:ff9b::a9fe:a9fe',
  ])('%s stays refused inside an allowed range', (address) => {
    expect(everything.judge(address)).toBe('refused');
  });
  test('their neighbours are allowed there', () => {
    expect(everything.judge('169.254.169.253')).toBe('allowed');
    expect(everything.judge('fd00:ec2::253')).toBe('allowed');
  });
});

describe('allowed ranges', () => {
  test('open exactly themselves', () => {
    const ranges = createAddressRanges(['10.2.0.0/16', 'fd12:3456::/32']);
    const addresses = [
      '10.2.3.4',
      '::ffff:10.2.3.4',
      '10.3.0.1',
      'fd12:3456::1',
      'fd12:3457::1',
      '8.8.8.8',
    ];
    expect(addresses.map((address) => ranges.judge(address))).toEqual([
      'allowed',
      'allowed',
      'refused',
      'allowed',
      'refused',
      'public',
    ]);
  });

  test.each([
    '10.2.0.0',
    '10.2.0.0/33',
    'fd00::/129',
    '10.2.0/16',
    'internal/8',
    '10.0.0.0/8/8',
    '/8',
    '',
  ])('%j is refused at start', (range) => {
    expect(() => createAddressRanges([range])).toThrow(
      expect.objectContaining({ code: 'option_invalid' }),
    );
  });
});
