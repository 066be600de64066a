import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Connection, createTrustedProxies, type RequestFacts } from './trusted-proxies.ts';

describe('without trusted proxies', () => {
  const addressOf = createTrustedProxies([]).clientAddress;

  test('the socket alone counts, whatever headers say', () => {
    expect(addressOf('192.0.2.7', '198.51.100.1')).toBe('192.0.2.7');
    expect(addressOf('127.0.0.1', '198.51.100.1')).toBe('127.0.0.1');
    expect(addressOf(undefined, '198.51.100.1')).toBe('unknown');
  });
});

describe('behind trusted proxies', () => {
  const addressOf = createTrustedProxies(['127.0.0.1', '10.2.0.0/16', 'fd00:1::/32']).clientAddress;

  test.for<[string, string, string | null, string]>([
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
  ])('%s', ([_what, socket, forwardedFor, client]) => {
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
    expect(() => createTrustedProxies([range])).toThrow(
      expect.objectContaining({ code: 'option_invalid' }),
    );
  },
);

/** A connection from `remoteAddress` in the clear, with these headers. */
function connection(remoteAddress: string, headers: Record<string, string>): Connection {
  return { remoteAddress, encrypted: false, header: (name) => headers[name] };
}

describe('scheme and host', () => {
  const { factsOf } = createTrustedProxies(['127.0.0.1', '10.2.0.0/16']);
  const shop = { host: 'shop.example' };

  test('are those of the connection without proxies', () => {
    const facts = { address: '192.0.2.7', scheme: 'http', host: 'shop.example' };
    expect(factsOf(connection('192.0.2.7', { host: 'Shop.example' }))).toEqual(facts);
    const tls = { ...connection('192.0.2.7', shop), encrypted: true };
    expect(factsOf(tls)).toEqual({ ...facts, scheme: 'https' });
  });

  test('CVE-2026-40575: from a client that is no listed proxy are not read', () => {
    const said = { ...shop, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' };
    expect(factsOf(connection('192.0.2.7', said))).toEqual({
      address: '192.0.2.7',
      scheme: 'http',
      host: 'shop.example',
    });
  });

  test.each<[string, Record<string, string>, RequestFacts]>([
    [
      'the one proxy',
      { 'x-forwarded-for': '192.0.2.7', 'x-forwarded-proto': 'https' },
      { address: '192.0.2.7', scheme: 'https', host: 'shop.example' },
    ],
    [
      'a proxy that names the scheme alone',
      { 'x-forwarded-proto': 'HTTPS' },
      { address: '127.0.0.1', scheme: 'https', host: 'shop.example' },
    ],
    [
      'the outermost of two that append',
      {
        'x-forwarded-for': '192.0.2.7, 10.2.0.1',
        'x-forwarded-proto': 'https, http',
        'x-forwarded-host': 'www.example, inner.example',
      },
      { address: '192.0.2.7', scheme: 'https', host: 'www.example' },
    ],
    [
      'what the client wrote before them not',
      {
        'x-forwarded-for': '203.0.113.9, 192.0.2.7',
        'x-forwarded-proto': 'https, http',
        'x-forwarded-host': 'evil.example, www.example',
      },
      { address: '192.0.2.7', scheme: 'http', host: 'www.example' },
    ],
    [
      'a scheme that is none not',
      { 'x-forwarded-for': '192.0.2.7', 'x-forwarded-proto': 'javascript' },
      { address: '192.0.2.7', scheme: 'http', host: 'shop.example' },
    ],
    [
      'the other kind of header not',
      { 'x-forwarded-for': '192.0.2.7', forwarded: 'for=198.51.100.1;proto=https' },
      { address: '192.0.2.7', scheme: 'http', host: 'shop.example' },
    ],
  ])('of %s count', (_what, headers, facts) => {
    expect(factsOf(connection('127.0.0.1', { ...shop, ...headers }))).toEqual(facts);
  });

  test.for<[string, string, string, string]>([
    ['for=192.0.2.7;proto=https;host=www.example', '192.0.2.7', 'https', 'www.example'],
    ['For="[2001:db8::7]:5012";Proto=https', '2001:db8::7', 'https', 'shop.example'],
    ['for=192.0.2.7;proto=https, for=10.2.0.1;proto=http', '192.0.2.7', 'https', 'shop.example'],
    ['for=203.0.113.9;proto=https, for=192.0.2.7', '192.0.2.7', 'http', 'shop.example'],
    ['for=unknown;proto=https', '127.0.0.1', 'https', 'shop.example'],
    ['rubbish;;=;"', '127.0.0.1', 'http', 'shop.example'],
  ])('by Forwarded: %s', ([forwarded, address, scheme, host]) => {
    const read = createTrustedProxies(['127.0.0.1', '10.2.0.0/16'], 'forwarded').factsOf;
    const headers = { ...shop, forwarded, 'x-forwarded-proto': 'https' };
    expect(read(connection('127.0.0.1', headers))).toEqual({ address, scheme, host });
  });

  test('whatever a client sends before what the proxy appends, its own address is known', () => {
    const text = fc.string().map((said) => said.replaceAll('"', ''));
    fc.assert(
      fc.property(text, fc.constantFrom('x-forwarded', 'forwarded'), (said, kind) => {
        const own = kind === 'forwarded' ? 'for=198.51.100.1' : '198.51.100.1';
        const name = kind === 'forwarded' ? 'forwarded' : 'x-forwarded-for';
        const read = createTrustedProxies(['127.0.0.1'], kind).factsOf;
        const facts = read(connection('127.0.0.1', { ...shop, [name]: `${said}, ${own}` }));
        expect(facts.address).toBe('198.51.100.1');
      }),
    );
  });
});
