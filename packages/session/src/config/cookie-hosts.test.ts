import { describe, expect, test } from 'vitest';
import { hasCode } from '../errors.ts';
import { defineFamily } from './define-family.ts';
import type { AppOptions, Reach } from './family.ts';

const login = 'https://login.kittens.example';
const host = 'https://pets.puppies.example';

function app(origin: string, reach: Reach, more: Partial<AppOptions> = {}): AppOptions {
  const redirectUris = reach === 'oidc' ? [`${origin}/callback`] : undefined;
  return { origin, reach, ...(redirectUris && { redirectUris }), ...more };
}

/** What is wrong with a family of these apps: the code, or `none`. */
function outcome(apps: Record<string, AppOptions>, exposedHosts: readonly string[] = []): string {
  try {
    defineFamily({ name: 'Kittens', loginHost: login, store: 'memory:', apps, exposedHosts });
    return 'none';
  } catch (error) {
    return hasCode(error, 'host_conflict') ? `${error.code}: ${error.message}` : String(error);
  }
}

describe('two apps on two ports of one host', () => {
  const reaches = ['shared', 'handshake', 'oidc'] as const;
  // Two shared apps need a cookie domain, or are refused for want of one.
  const pairs = reaches
    .flatMap((first) => reaches.map((second) => [first, second] as const))
    .filter((pair) => pair.some((reach) => reach !== 'shared'));
  const trusted: readonly Reach[] = ['shared', 'handshake'];

  test.each(pairs)('%s and %s: refused where one is trusted and the other is not', (one, two) => {
    const apps = { one: app(host, one), two: app(`${host}:8443`, two) };
    const refused = trusted.includes(one) !== trusted.includes(two);
    const [less, more] = trusted.includes(one) ? ['two', 'one'] : ['one', 'two'];
    if (refused) {
      expect(outcome(apps)).toMatch(
        new RegExp(`^host_conflict: apps.${less} .*apps.${more}.*exposedHosts: \\['pets`),
      );
    } else expect(outcome(apps)).toBe('none');
    expect(outcome(apps, ['pets.puppies.example'])).toBe('none');
  });

  test.each(reaches)('the login host and %s', (reach) => {
    const apps = { one: app(`${login}:8443`, reach) };
    const expected = trusted.includes(reach) ? /^none$/ : /^host_conflict: .*loginHost/;
    expect(outcome(apps)).toMatch(expected);
    expect(outcome(apps, ['login.kittens.example'])).toBe('none');
  });
});

test('http and https are one host too', () => {
  const apps = {
    toys: app('https://toys.localhost', 'handshake'),
    wiki: app('http://toys.localhost', 'oidc'),
  };
  expect(outcome(apps)).toContain('host_conflict');
});

test.each([
  ['a redirect URI', { redirectUris: [`${host}/callback`, `${login}:8443/callback`] }],
  ['a redirect URI of the very origin', { redirectUris: [`${login}/wiki/callback`] }],
  ['a logout address', { backChannelLogoutUri: `${login}:8443/logout` }],
])('an app answers on the login host by %s', (_, more) => {
  expect(outcome({ wiki: app(host, 'oidc', more) })).toContain('host_conflict');
});

test('a redirect URI under the shared cookie domain gets the shared cookie as the app itself would', () => {
  const redirectUris = ['https://back.apps.kittens.example/callback'];
  const family = {
    name: 'Kittens',
    loginHost: login,
    store: 'memory:',
    session: { domain: 'apps.kittens.example' },
    apps: {
      shop: app('https://shop.apps.kittens.example', 'shared'),
      wiki: app('https://wiki.example', 'oidc', { redirectUris }),
    },
  };
  expect(() => defineFamily(family)).toThrow(
    expect.objectContaining({ code: 'shared_scope_conflict' }),
  );
  const exposedHosts = ['back.apps.kittens.example'];
  expect(() => defineFamily({ ...family, exposedHosts })).not.toThrow();
});

test('hosts of other names are no conflict, also where one name ends like the other', () => {
  const apps = {
    toys: app(host, 'handshake'),
    wiki: app('https://more-pets.puppies.example', 'oidc'),
    blog: app('https://puppies.example', 'oidc'),
  };
  expect(outcome(apps)).toBe('none');
});
