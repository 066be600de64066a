import { describe, expect, test } from 'vitest';
import type { Connection } from '../http/trusted-proxies.ts';
import type { LatchkeyEvent } from '../platform.ts';
import { createMemoryStore } from '../store/memory.ts';
import { type AppAnyHostOptions, createAppAnyHost, createAppOrRouter } from './app-any-host.ts';

type Options = Partial<AppAnyHostOptions>;

function create(options: Options = {}) {
  return createAppAnyHost({ store: createMemoryStore(), ...options });
}

function connection(host: string | undefined, parts: Partial<Connection> = {}): Connection {
  const header = (name: string): string | undefined => (name === 'host' ? host : undefined);
  return { remoteAddress: '192.0.2.7', encrypted: true, header, ...parts };
}

/** The `Set-Cookie` line that a first visit to a host is answered with, or null where the host is refused. */
async function lineAt(options: Options, at: Connection): Promise<string | null> {
  const handler = create(options).at(at);
  if (handler === null) return null;
  const opened = await handler.open(undefined);
  opened.session.data['n'] = 1;
  return (await opened.commit()).join('\n');
}

describe('the cookie', () => {
  test('is that of the host and scheme of each request', async () => {
    expect(await lineAt({}, connection('shop.example'))).toMatch(
      /^__Host-latchkey_session=\S+; Path=\/; HttpOnly; Secure;/,
    );
    const plain = connection('shop.example', { encrypted: false });
    expect(await lineAt({}, plain)).toMatch(/^latchkey_session=\S+; Path=\/; HttpOnly; SameSite/);
  });

  test('has the domain that the host gives', async () => {
    const cookie = { domain: 'all' };
    expect(await lineAt({ cookie }, connection('shop.kittens.example'))).toContain(
      'Domain=kittens.example;',
    );
    expect(await lineAt({ cookie }, connection('toys.puppies.example'))).toContain(
      'Domain=puppies.example;',
    );
    const byHost = { domain: (host: string) => (host === 'a.example' ? null : 'b.example') };
    expect(await lineAt({ cookie: byHost }, connection('a.example'))).not.toContain('Domain');
    expect(await lineAt({ cookie: byHost }, connection('x.b.example'))).toContain(
      'Domain=b.example;',
    );
  });

  test('is Secure behind a listed proxy that says https, and the host is the one it names', async () => {
    const headers: Record<string, string> = {
      host: 'inner:8080',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example',
    };
    const proxied = connection(undefined, {
      remoteAddress: '10.0.0.5',
      encrypted: false,
      header: (name) => headers[name],
    });
    expect(await lineAt({ trustedProxies: ['10.0.0.0/8'] }, proxied)).toMatch(/^__Host-/);
    expect(await lineAt({ trustedProxies: ['10.1.0.0/16'] }, proxied)).toMatch(/^latchkey_session/);
    const app = create({ trustedProxies: ['10.0.0.0/8'] });
    expect(app.at(proxied)?.origin).toBe('https://shop.example');
    expect(app.at(proxied)?.acceptsHost('inner:8080')).toBe(true);
  });

  test('of one host opens nothing on another, that of a domain does', async () => {
    const visit = async (options: Options): Promise<unknown> => {
      const app = create(options);
      const opened = await app.at(connection('a.kittens.example'))?.open(undefined);
      if (opened === undefined) return null;
      opened.session.data['n'] = 1;
      const [pair = ''] = ((await opened.commit())[0] ?? '').split(';');
      const other = await app.at(connection('b.kittens.example'))?.open(pair);
      return other?.session.data['n'];
    };
    expect(await visit({})).toBe(undefined);
    expect(await visit({ cookie: { domain: 'all' } })).toBe(1);
  });
});

describe('a host', () => {
  test.each([
    ['shop.example', true],
    ['SHOP.example', true],
    ['shop.example:443', true],
    ['shop.example:80', false],
    ['www.kittens.example', true],
    ['shop.example:8443', false],
    ['kittens.example', false],
    ['evil.example', false],
    ['evilkittens.example', false],
  ])('%s is judged by the list: %s', (host, accepted) => {
    const app = create({ hosts: ['shop.example', '.kittens.example'] });
    expect(app.at(connection(host)) !== null).toBe(accepted);
  });

  test.each([
    undefined,
    '',
    'a b',
    'a/b',
    'a@b',
    'a\\b',
    'a:b',
    'http://a',
    `${'a'.repeat(300)}.example`,
  ])('%j is none, and refused', (host) => {
    expect(create().at(connection(host))).toBe(null);
  });

  test('with the port of its scheme written out is the same host', () => {
    const app = create();
    const plain = { encrypted: false };
    expect(app.at(connection('shop.example:443'))).toBe(app.at(connection('shop.example')));
    expect(app.at(connection('shop.example:80', plain))).toBe(
      app.at(connection('shop.example', plain)),
    );
  });

  test('of an address is one: 192.0.2.1:8080 and [2001:db8::1]', () => {
    expect(create().at(connection('192.0.2.1:8080'))?.origin).toBe('https://192.0.2.1:8080');
    expect(create().at(connection('[2001:db8::1]'))?.origin).toBe('https://[2001:db8::1]');
  });

  test('for which browsers would drop the cookie is refused, and the operator told once', () => {
    const events: LatchkeyEvent[] = [];
    const platform = { onEvent: (event: LatchkeyEvent) => void events.push(event) };
    const app = create({ cookie: { domain: 'kittens.example' }, platform });
    expect(app.at(connection('shop.puppies.example'))).toBe(null);
    expect(app.at(connection('shop.puppies.example'))).toBe(null);
    expect(app.at(connection('shop.kittens.example'))).not.toBe(null);
    expect(events).toEqual([{ type: 'host.refused', reason: 'cookie-domain' }]);
  });

  test('that was not asked for in a long time is made anew: memory is bounded', () => {
    const app = create();
    const first = app.at(connection('first.example'));
    expect(app.at(connection('first.example'))).toBe(first);
    for (let n = 0; n < 1_000; n += 1) app.at(connection(`host-${n}.example`));
    expect(app.at(connection('first.example'))).not.toBe(first);
  });
});

test.each([
  ['hosts that are none', { hosts: ['http://shop.example'] }],
  ['hosts that are no list', { hosts: 'shop.example' }],
  ['proxies that are none', { trustedProxies: ['anything'] }],
  ['another kind of header', { forwardedHeaders: 'via' }],
  ['a wrong cookie option', { cookie: { sameSite: 'none' } }],
  ['an unknown option', { colour: 'red' }],
])('%s are refused at start', (_what, parts) => {
  expect(() => create(parts as Options)).toThrow(
    expect.objectContaining({ code: 'option_invalid' }),
  );
});

test('with an origin the app is at that origin alone', () => {
  const served = createAppOrRouter({ store: createMemoryStore(), origin: 'https://shop.example' });
  expect('open' in served && served.origin).toBe('https://shop.example');
  expect('at' in createAppOrRouter({ store: createMemoryStore() })).toBe(true);
});
