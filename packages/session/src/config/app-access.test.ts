import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../errors.ts';
import { hasCode } from '../errors.ts';
import { defineFamily } from './define-family.ts';
import type { AppOptions } from './family.ts';

function shop(options: object) {
  const app = { origin: 'https://shop.kittens.example', ...options } as AppOptions;
  const loginHost = 'https://login.kittens.example';
  return defineFamily({ name: 'Kittens', loginHost, store: 'memory:', apps: { shop: app } });
}

function fault(options: object): { readonly code: ErrorCode | null; readonly message: string } {
  try {
    shop(options);
  } catch (error) {
    if (hasCode(error, 'option_invalid')) return { code: error.code, message: error.message };
  }
  return { code: null, message: '' };
}

describe('who enters an app', () => {
  test('is by default nobody who was not let in, and nobody has a role', () => {
    expect(shop({}).apps.get('shop')).toMatchObject({ access: 'request', roles: [] });
  });

  test('can be everyone, or who has an address of some domains, which are kept as A-labels', () => {
    expect(shop({ access: 'everyone' }).apps.get('shop')?.access).toBe('everyone');
    const access = { domains: ['Kittens.example', 'kätzchen.example'] };
    expect(shop({ access, roles: ['reader', 'editor'] }).apps.get('shop')).toMatchObject({
      access: { domains: ['kittens.example', 'xn--ktzchen-5wa.example'] },
      roles: ['reader', 'editor'],
    });
  });

  test.each<[string, object, string]>([
    ['a made-up word', { access: 'all' }, 'apps.shop.access'],
    ['null', { access: null }, 'apps.shop.access'],
    ['a list', { access: ['kittens.example'] }, 'apps.shop.access'],
    ['an unknown key', { access: { domain: 'kittens.example' } }, 'domain'],
    ['no domains', { access: {} }, 'apps.shop.access.domains'],
    ['an empty list', { access: { domains: [] } }, 'apps.shop.access.domains'],
    ['an address', { access: { domains: ['@kittens.example'] } }, 'apps.shop.access.domains[0]'],
    ['one role as text', { roles: 'reader' }, 'apps.shop.roles'],
    ['a role with a comma', { roles: ['a,b'] }, 'apps.shop.roles'],
    ['a role in capitals', { roles: ['Reader'] }, 'apps.shop.roles'],
    ['the same role twice', { roles: ['reader', 'reader'] }, 'apps.shop.roles'],
  ])('%s is refused, and the message says where', (_what, options, where) => {
    const { code, message } = fault(options);
    expect(code).toBe('option_invalid');
    expect(message).toContain(where);
  });
});
