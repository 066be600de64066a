import { deriveAppKey, deriveClientSecret } from '@latchkey/session/parts';
import { expect, test } from 'vitest';
import { clientSecretFrom, deriveClientKeys } from './client-keys.ts';
import { type RelyingPartyOptions, resolveOptions } from './options.ts';

const good: RelyingPartyOptions = {
  issuer: 'https://login.kittens.example',
  clientId: 'wiki',
  origin: 'https://wiki.example',
  clientSecret: 'dGhpcyBpcyBhIHRlc3Qgc2VjcmV0IG9mIDQ4IGJ5dGVz',
  sessions: { store: 'memory:' },
};

test('defaults are filled in', () => {
  expect(resolveOptions(good)).toMatchObject({
    idleSeconds: 604_800,
    absoluteSeconds: 2_592_000,
    signatureAlgorithm: 'RS256',
    redirectUri: 'https://wiki.example/_latchkey/callback',
    cookie: { name: '__Host-latchkey_wiki', domain: null, secure: true },
  });
});

test.each([
  ['an issuer with a path', { issuer: 'https://login.kittens.example/' }],
  ['an issuer over http', { issuer: 'http://login.kittens.example' }],
  ['an origin that is none', { origin: 'wiki.example' }],
  ['an origin over http', { origin: 'http://wiki.example' }],
  ['no client id', { clientId: '' }],
  ['a life of no seconds', { sessions: { store: 'memory:', idleSeconds: 0 } }],
  ['a misspelt option', { redirectUri: 'x' }],
])('%s is refused at start', (_what, change) => {
  expect(() => resolveOptions({ ...good, ...change })).toThrow(
    expect.objectContaining({ code: 'option_invalid' }),
  );
});

test('a short secret is refused at start', () => {
  expect(() => resolveOptions({ ...good, clientSecret: 'short' })).toThrow(
    expect.objectContaining({ code: 'secret_missing' }),
  );
});

test('http is taken for hosts under .localhost', () => {
  const issuer = 'http://login.kittens.localhost:4000';
  const origin = 'http://wiki.ponies.localhost:4004';
  expect(resolveOptions({ ...good, issuer, origin }).cookie.secure).toBe(true);
});

test('the client secret follows from the newest app key, as at the login host', () => {
  const key = deriveAppKey('a family secret of some length', 'wiki');
  const older = deriveAppKey('an older family secret', 'wiki');
  const secret = deriveClientSecret(key);
  expect(clientSecretFrom(`${key}, ${older}`, 'wiki')).toBe(secret);
  expect(() => clientSecretFrom(undefined, 'wiki')).toThrow(
    expect.objectContaining({ code: 'app_key_invalid' }),
  );
});

test('slots and notes follow from issuer, client and name: not from the secret, which may be changed', () => {
  const client = { issuer: 'https://login.example', clientId: 'wiki', clientSecret: 'one secret' };
  const keys = deriveClientKeys(client);
  const later = deriveClientKeys({ ...client, clientSecret: 'another secret' });
  expect(keys.slotOf('sid')).toMatch(/^[\w-]{16}$/);
  expect(later.slotOf('sid')).toBe(keys.slotOf('sid'));
  expect(keys.noteKey('name')).toMatch(/^\{[\w-]{16}\}:[\w-]{22}$/);
  expect(keys.noteKey('name')).not.toBe(keys.noteKey('other name'));
  expect(later.noteKey('name')).toBe(keys.noteKey('name'));
  expect(keys.slotOf('other sid')).not.toBe(keys.slotOf('sid'));
  for (const changes of [{ issuer: 'https://other.example' }, { clientId: 'news' }]) {
    const other = deriveClientKeys({ ...client, ...changes });
    expect(other.slotOf('sid')).not.toBe(keys.slotOf('sid'));
    expect(other.noteKey('name')).not.toBe(keys.noteKey('name'));
  }
});
