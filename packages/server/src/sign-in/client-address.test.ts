import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createClientAddress } from './client-address.ts';

describe('without trusted proxies', () => {
  const addressOf = createClientAddress([]);

  test('the socket alone counts, whatever headers say', () => {
    expect(addressOf('192.0.2.7', '198.51.100.1')).toBe('192.0.2.7');
    expect(addressOf('127.0.0.1', '198.51.100.1')).toBe('127.0.0.1');
    expect(addressOf(undefined, '198.51.100.1')).toBe('unknown');
  });
});

describe('behind trusted proxies', () => {
  const addressOf = createClientAddress(['127.0.0.1', '10.2.0.0/16', 'fd00:1::/32']);

  test.each([
    ['what the proxy saw', '127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['an IPv6 client', '127.0.0.1', '2001:db8::7', '2001:db8::7'],
    ['a socket of both families', '::ffff:127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['two proxies in a row', '127.0.0.1', '198.51.100.1, 10.2.3.4', '198.51.100.1'],
    ['a proxy with an IPv6 address', 'fd00:1::5', '198.51.100.1', '198.51.100.1'],
    ['what the client said itself', '127.0.0.1', '203.0.113.9, 198.51.100.1', '198.51.100.1'],
    ['a proxy that the client named', '127.0.0.1', '10.2.9.9, 198.51.100.1', '198.51.100.1'],
    ['proxies alone', '127.0.0.1', '10.2.0.1, 10.2.0.2', '10.2.0.1'],
    ['an address with a port', '127.0.0.1', '198.51.100.1:50123', '198.51.100.1'],
    ['an IPv6 address with a port', '127.0.0.1', '[2001:db8::7]:50123', '2001:db8::7'],
    ['no header', '127.0.0.1', null, '127.0.0.1'],
    ['an empty one', '127.0.0.1', '', '127.0.0.1'],
    ['garbage', '127.0.0.1', 'unknown', '127.0.0.1'],
    ['garbage behind a proxy', '127.0.0.1', '<b>, 10.2.0.7', '10.2.0.7'],
    ['a client that is no proxy', '192.0.2.7', '198.51.100.1', '192.0.2.7'],
  ])('%s', (_what, socket, forwardedFor, client) => {
    expect(addressOf(socket, forwardedFor)).toBe(client);
  });

  test('a client cannot choose its address, whatever it sends', () => {
    fc.assert(
      fc.property(fc.string(), (said) => {
        expect(addressOf('127.0.0.1', `${said}, 198.51.100.1`)).toBe('198.51.100.1');
      }),
    );
  });

  test('a header without end is read from its end', () => {
    const long = `${'203.0.113.9, '.repeat(100_000)}198.51.100.1`;
    expect(addressOf('127.0.0.1', long)).toBe('198.51.100.1');
  });
});

test.each(['', 'localhost', '10.2.0.0/33', '::/129', '0.0.0.0/0', '::/0', '10.2', '127.0.0.1/'])(
  '%j is no proxy to trust',
  (range) => {
    expect(() => createClientAddress([range])).toThrow(
      expect.objectContaining({ code: 'option_invalid' }),
    );
  },
);
