import { defineFamily } from '@latchkey/session';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientSecretOf, createClients } from './clients.ts';

const secrets = ['the newest family secret, long enough', 'an older family secret, long enough'];
const family = defineFamily({
  name: 'Kittens',
  loginHost: 'https://login.kittens.example',
  secrets,
  store: 'memory:',
  apps: {
    wiki: {
      origin: 'https://wiki.example',
      reach: 'oidc',
      redirectUris: ['https://wiki.example/_latchkey/callback'],
    },
    toys: { origin: 'https://toys.example' },
  },
});
const clients = createClients(family);

function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

test('every app of reach oidc is a client, with exact redirect URIs and a sid in its tokens', () => {
  expect(clients.metadata).toHaveLength(1);
  expect(clients.metadata[0]).toMatchObject({
    client_id: 'wiki',
    client_secret: clientSecretOf(secrets[0] ?? '', 'wiki'),
    redirect_uris: ['https://wiki.example/_latchkey/callback'],
    backchannel_logout_uri: 'https://wiki.example/_latchkey/back-channel-logout',
    backchannel_logout_session_required: true,
    token_endpoint_auth_method: 'client_secret_basic',
  });
});

test('the secrets of the newest and of older family secrets are taken', () => {
  for (const secret of secrets) {
    expect(clients.authenticate(basic('wiki', clientSecretOf(secret, 'wiki')))).toBe('wiki');
  }
  const escaped = clientSecretOf(secrets[0] ?? '', 'wiki').replaceAll('-', '%2D');
  expect(clients.authenticate(basic('wiki', escaped))).toBe('wiki');
});

test('an app that is no relying party is no client', () => {
  expect(clients.authenticate(basic('toys', clientSecretOf(secrets[0] ?? '', 'toys')))).toBeNull();
  expect(clients.authenticate(basic('', clientSecretOf(secrets[0] ?? '', '')))).toBeNull();
});

test('no other header authenticates anybody, and none throws', () => {
  expect(clients.authenticate(null)).toBeNull();
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), fc.string({ maxLength: 80 }), (id, secret) => {
      for (const header of [id, `Basic ${id}`, basic(id, secret), basic('wiki', secret)]) {
        expect(clients.authenticate(header)).toBeNull();
      }
    }),
  );
});
