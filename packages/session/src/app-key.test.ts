import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { realm } from '../test/realm.ts';
import {
  type AppKey,
  deriveAppKey,
  deriveClientSecret,
  derivePurposeKey,
  equalSecrets,
  parseAppKeys,
} from './app-key.ts';
import { mintToken, openToken } from './handshake/token.ts';
import { realmKey } from './realm.ts';
import { createSlot } from './session-id/session-id.ts';

const secret = 'a family secret of at least 32 characters';
const key = deriveAppKey(secret, 'toys');

describe('deriveAppKey', () => {
  test('gives 32 bytes that stay the same from version to version', () => {
    expect(key).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(deriveAppKey(secret, 'toys')).toBe(key);
    // Written down: another derivation would sign out and lock out every family on an upgrade.
    expect(deriveAppKey('0123456789abcdef0123456789abcdef', 'toys')).toBe(
      'WLh__NiJClaWtL5K-D5oNJrVD-UcD4jCr_QvGCi_zJ4',
    );
  });

  test('gives each app and each secret a key of its own', () => {
    const keys = [key, deriveAppKey(secret, 'shop'), deriveAppKey(`${secret}!`, 'toys')];
    expect(new Set(keys).size).toBe(3);
  });
});

describe('derivePurposeKey', () => {
  test('gives each purpose a key of 32 bytes of its own', () => {
    const purposes = ['handshake token', 'handshake invitation', 'call to the login host'] as const;
    const keys = purposes.map((purpose) => derivePurposeKey(key, purpose, realm));
    expect(keys.map(({ length }) => length)).toEqual([32, 32, 32]);
    expect(new Set(keys.map((one) => one.toString('hex'))).size).toBe(3);
  });

  test('gives each realm a key of its own, and a client secret that is the same in all', () => {
    const staging = realmKey('https://login.staging.kittens.example');
    const [here, there] = [realm, staging].map((one) =>
      derivePurposeKey(key, 'handshake token', one).toString('hex'),
    );
    expect(here).not.toBe(there);
    expect(deriveClientSecret(key)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });
});

describe('parseAppKeys', () => {
  const other = deriveAppKey('the secret before that one, 32 characters', 'toys');

  test.each([
    [key, [key]],
    [` ${key}\n`, [key]],
    [`${key},${other}`, [key, other]],
    [`${key} , ${other},`, [key, other]],
  ])('%j is read, newest first', (text, keys) => {
    expect(parseAppKeys(text, 'toys')).toEqual(keys);
  });

  test.each([
    undefined,
    '',
    ' , ',
    'secret',
    key.slice(1),
    `${key}A`,
    `${key} ${other}`,
    `${key};${other}`,
    `${key},short`,
    `"${key}"`,
  ])('%j is refused, with the way on and without the text', (text) => {
    try {
      parseAppKeys(text, 'toys');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'app_key_invalid' });
      const { message } = error as Error;
      expect(message).toContain('latchkey app-key toys');
      if (text !== undefined && text.trim().length > 5) expect(message).not.toContain(text);
    }
  });

  test('while a secret is rotated, an app with both keys opens tokens of both', () => {
    const binding = { app: 'toys', origin: 'https://toys.example', state: 'state' };
    const keys = parseAppKeys(`${key},${other}`, 'toys').map((one) =>
      derivePurposeKey(one, 'handshake token', realm),
    );
    for (const sealing of [key, other]) {
      const seal = derivePurposeKey(sealing as AppKey, 'handshake token', realm);
      const token = mintToken(
        seal,
        { ...binding, slot: createSlot(randomBytes), at: 0 },
        randomBytes,
      );
      expect(openToken(keys, token, { ...binding, now: 0 }).kind).toBe('opened');
    }
  });
});

test('equalSecrets is equality, for any two texts', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      expect(equalSecrets(a, b)).toBe(a === b);
      expect(equalSecrets(a, a)).toBe(true);
    }),
  );
});
