import { defineFamily, type Family } from '@latchkey/session';
import { deriveAppKey } from '@latchkey/session/parts';
import { expect, test } from 'vitest';
import { createFamilyKeys } from './family-keys.ts';

const older = 'mXxUvKyeYQ0mVnV8uCkKz1mXyqjB1rPTQ4mN9cZ7h0k=';
const newer = 'b1f6f0d2c9a84f7e9b36a1d5c07e48f3b1f6f0d2c9a84f7e9b36a1d5c07e48f3';

function familyWith(secrets: readonly (string | undefined)[]): Family {
  return defineFamily({
    name: 'Kittens',
    loginHost: 'https://login.kittens.example',
    secrets,
    store: 'sqlite:./sessions.db',
    apps: { toys: { origin: 'https://toys.example' } },
  });
}

test('an app has a key for each secret, newest first', () => {
  expect(createFamilyKeys(familyWith([newer, older]))('toys')).toEqual([
    deriveAppKey(newer, 'toys'),
    deriveAppKey(older, 'toys'),
  ]);
});

test('a name that is no app of the family has none', () => {
  const keysOf = createFamilyKeys(familyWith([newer]));
  const names = ['wiki', 'login', '', 'constructor', '__proto__'];
  expect(names.flatMap(keysOf)).toEqual([]);
});

test.each([
  ['none', []],
  ['an unset variable', [undefined]],
  ['an empty one', ['']],
  ['31 bytes', ['abcdefghijklmnopqrstuvwxyz01234']],
  ['one character, however long', ['x'.repeat(200)]],
  ['a short word again and again', ['secret'.repeat(20)]],
  ['a weak one behind a good one', [newer, 'changeme']],
])('%s is refused, and the message does not show it', (_what, secrets) => {
  const attempt = () => createFamilyKeys(familyWith(secrets));
  expect(attempt).toThrow(expect.objectContaining({ code: 'secret_missing' }));
  expect(attempt).toThrow(expect.not.objectContaining({ message: /changeme|secretsecret|xxxx/ }));
});

test.each([
  ['secrets[0] is empty', ['']],
  ['secrets[1] is empty', [newer, '']],
  ['secrets[1] has 8 bytes', [newer, 'changeme']],
  ['secrets[0] has fewer than 10 different', ['x'.repeat(200)]],
  ['there is none', [undefined]],
])('the message names the place: %s', (words, secrets) => {
  expect(() => createFamilyKeys(familyWith(secrets))).toThrow(words);
});
