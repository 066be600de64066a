import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasCode } from '../errors.ts';
import { resolveAppLook, resolveBrand } from './brand-settings.ts';

test('without settings nothing is set, and an app is called by its name', () => {
  expect(Object.values(resolveBrand()).every((value) => value === null)).toBe(true);
  expect(resolveAppLook('tea-shop', {}, 'apps.tea-shop')).toEqual({
    title: 'Tea shop',
    description: null,
    icon: null,
  });
});

test('pictures and links are https URLs or paths of the login host, and help may be an address', () => {
  const settings = {
    logo: 'https://cdn.kittens.example/logo.svg?v=2',
    logoDark: '/brand/logo-dark.svg',
    color: '#4B3BBD',
    favicon: '/favicon.ico',
    terms: 'https://kittens.example/terms',
    privacy: '/privacy',
    support: 'mailto:help@kittens.example',
  };
  expect(resolveBrand(settings)).toEqual({ ...settings, color: '#4b3bbd' });
});

test.each([
  { logo: 'http://kittens.example/logo.svg' },
  { logo: '//kittens.example/logo.svg' },
  { logo: '/\\kittens.example/logo.svg' },
  { logo: 'logo.svg' },
  { logo: 'javascript:alert(1)' },
  { logo: 'data:image/png;base64,AA' },
  { logo: "/logo.svg'; script-src *" },
  { logo: '/logo.svg\r\nset-cookie: a=b' },
  { logo: `/${'a'.repeat(3_000)}` },
  { logo: '' },
  { logo: 7 },
  { color: 'red' },
  { color: '#fff' },
  { color: '#4b3bbd;}' },
  { terms: 'mailto:help@kittens.example' },
  { support: 'mailto:help@kittens.example?subject=x' },
  { colour: '#4b3bbd' },
])('the brand %j is refused', (settings) => {
  expect(codeOf(() => resolveBrand(settings as never))).toBe('option_invalid');
});

test.each([
  { title: '' },
  { title: 'two\nlines' },
  { title: 'a'.repeat(61) },
  { description: 'a'.repeat(141) },
  { icon: 'shop.png' },
])('the look %j of an app is refused', (look) => {
  expect(codeOf(() => resolveAppLook('shop', look, 'apps.shop'))).toBe('option_invalid');
});

test('whatever is taken as a link can be written into a header and an attribute', () => {
  const parts = fc.constantFrom(
    '/',
    '//',
    'https:',
    'shop.example',
    '"',
    "'",
    ';',
    ' ',
    '\n',
    '%20',
    '\\',
    '?a=b',
    '<',
    'ü',
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 8 }), (pieces) => {
      const icon = pieces.join('');
      const taken = codeOf(() => resolveAppLook('shop', { icon }, 'apps.shop')) === null;
      if (taken) expect(icon).toMatch(/^(?:https:\/\/|\/(?![/\\]))[!-~]*$/);
    }),
  );
});

function codeOf(resolve: () => unknown): string | null {
  try {
    resolve();
    return null;
  } catch (error) {
    return hasCode(error, 'option_invalid') ? error.code : String(error);
  }
}
