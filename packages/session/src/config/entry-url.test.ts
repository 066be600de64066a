import { expect, test } from 'vitest';
import { defineFamily } from './define-family.ts';
import { entryUrl } from './entry-url.ts';

const redirectUris = ['https://wiki.example/_latchkey/callback'];
const { apps } = defineFamily({
  name: 'Kittens',
  loginHost: 'https://login.kittens.example',
  store: 'memory:',
  apps: {
    shop: { origin: 'https://shop.apps.kittens.example', reach: 'shared' },
    toys: { origin: 'https://toys.example' },
    wiki: { origin: 'https://wiki.example', reach: 'oidc', redirectUris },
    forum: {
      origin: 'https://forum.example',
      reach: 'oidc',
      redirectUris: ['https://forum.example/auth/done'],
    },
  },
  session: { domain: 'all', tldLength: 3 },
});

test.each([
  ['shop', 'https://shop.apps.kittens.example/sign-in'],
  ['toys', 'https://toys.example/sign-in'],
  ['wiki', 'https://wiki.example/sign-in'],
  ['forum', 'https://forum.example/'],
])('who is signed in enters the %s by %s', (name, url) => {
  const member = apps.get(name);
  expect(member && entryUrl(member)).toBe(url);
});
