import { expect, test } from 'vitest';
import { secret, shop, toys } from '../../test/two-peers.ts';
import { type AppAloneOptions, createAppAlone } from '../app/app-alone.ts';
import { createAppAnyHost } from '../app/app-any-host.ts';
import { createMemoryStore } from '../store/memory.ts';

const good = { name: 'shop', peers: { toys: { origin: toys } } };

function create(handshake: unknown, more: object = {}): unknown {
  const options = {
    origin: shop,
    store: createMemoryStore(),
    secrets: [secret],
    handshake,
    ...more,
  };
  return createAppAlone(options as unknown as AppAloneOptions);
}

test.each([
  ['none', null, 'object'],
  ['an unknown option', { ...good, colour: 'red' }, 'colour'],
  ['no name', { peers: good.peers }, 'name'],
  ['a name with a dot', { ...good, name: 'shop.example' }, 'name'],
  ['a name in capitals', { ...good, name: 'Shop' }, 'name'],
  ['no peers', { name: 'shop' }, 'peers'],
  ['an empty list of peers', { name: 'shop', peers: {} }, 'peers'],
  ['peers as a list', { name: 'shop', peers: [toys] }, 'peers'],
  ['a peer of its own name', { name: 'toys', peers: good.peers }, 'peers.toys'],
  [
    'a peer at its own origin',
    { name: 'shop', peers: { toys: { origin: shop } } },
    'peers.toys.origin',
  ],
  [
    'two peers at one origin',
    { name: 'shop', peers: { a: { origin: toys }, b: { origin: toys } } },
    'peers.b.origin',
  ],
  ['a peer without origin', { name: 'shop', peers: { toys: {} } }, 'peers.toys.origin'],
  ['a peer that is nothing', { name: 'shop', peers: { toys: null } }, 'peers.toys'],
  [
    'a peer with a misspelt option',
    { name: 'shop', peers: { toys: { origin: toys, url: toys } } },
    'url',
  ],
  ['a peer on http', { name: 'shop', peers: { toys: { origin: 'http://toys.example' } } }, 'https'],
  ['a peer with a path', { name: 'shop', peers: { toys: { origin: `${toys}/` } } }, 'origin'],
  [
    'a peer in capitals',
    { name: 'shop', peers: { toys: { origin: 'https://Toys.example' } } },
    'origin',
  ],
  [
    'a peer with a wildcard',
    { name: 'shop', peers: { toys: { origin: 'https://*.example' } } },
    'origin',
  ],
  [
    'a peer with a user name',
    { name: 'shop', peers: { toys: { origin: 'https://a@toys.example' } } },
    'origin',
  ],
  ['a life of 0', { ...good, lifetimeSeconds: 0 }, 'lifetimeSeconds'],
  ['a life of hours', { ...good, lifetimeSeconds: 5_000 }, 'lifetimeSeconds'],
  ['an unknown check', { ...good, addressCheck: true }, 'addressCheck'],
  ['an unknown policy', { ...good, onFailure: 'die' }, 'onFailure'],
  ['proxies that are no list', { ...good, trustedProxies: '10.0.0.1' }, 'trustedProxies'],
  ['proxies that are all addresses', { ...good, trustedProxies: ['0.0.0.0/0'] }, 'proxy'],
  ['a short secret', { ...good, secrets: ['short'] }, 'secrets'],
  ['a secret of one character', { ...good, secrets: ['a'.repeat(64)] }, 'secrets'],
  ['one good and one short secret', { ...good, secrets: [secret, 'short'] }, 'secrets'],
  ['an empty list of secrets', { ...good, secrets: [] }, 'secrets'],
])('%s is refused, and the message says which', (_what, handshake, word) => {
  const refused = expect.objectContaining({
    code: expect.stringMatching(/^(?:option_invalid|secret_missing)$/),
    message: expect.stringContaining(word),
  });
  expect(() => create(handshake)).toThrow(refused);
});

test('no message holds a secret', () => {
  const weak = 'correct-horse';
  try {
    create({ ...good, secrets: [weak] });
    expect.unreachable();
  } catch (error) {
    expect(String(error)).not.toContain(weak);
  }
});

test.each([
  [
    'a Strict cookie, which browsers hide from whoever comes by a hop',
    { cookie: { sameSite: 'strict' } },
  ],
  ['a cookie of a path, which the arrival is not below', { cookie: { path: '/app' } }],
  ['an app on http', { origin: 'http://shop.example' }],
])('%s does not go with it', (_what, more) => {
  expect(() => create(good, more)).toThrow(expect.objectContaining({ code: 'option_invalid' }));
});

test('no secrets anywhere does not go with it', () => {
  expect(() => create(good, { secrets: undefined })).toThrow(
    expect.objectContaining({ code: 'secret_missing' }),
  );
});

test('an app on any host has no origin that peers could name', () => {
  const options = { store: createMemoryStore(), secrets: [secret], handshake: good };
  expect(() => createAppAnyHost(options as never)).toThrow(
    expect.objectContaining({ code: 'option_invalid' }),
  );
});

test('http is for hosts under .localhost', () => {
  const peers = { toys: { origin: 'http://toys.puppies.localhost:4003' } };
  create({ name: 'shop', peers }, { origin: 'http://shop.kittens.localhost:4001' });
});
