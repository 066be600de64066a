import { hkdfSync, timingSafeEqual } from 'node:crypto';
import { LatchkeyError } from './errors.ts';
import type { RealmKey } from './realm.ts';

declare const appKeyBrand: unique symbol;

/**
 * The key of one app: 32 bytes, base64url. Derived from a family secret, which stays at the login host; from it come
 * the app's token, call and client keys. An app holds only its own.
 */
export type AppKey = string & { readonly [appKeyBrand]: true };

/** What an app key is used for; each use has a key of its own. */
export type KeyPurpose = 'handshake token' | 'handshake invitation' | 'call to the login host';

const keyBytes = 32;
const pattern = /^[A-Za-z0-9_-]{43}$/;

/** The app key that a family secret gives for an app (HKDF-SHA256, RFC 5869). */
export function deriveAppKey(familySecret: string, app: string): AppKey {
  return derive(familySecret, `latchkey app key ${app}`).toString('base64url') as AppKey;
}

/** The 32-byte key of one purpose in one realm: what two families with one secret seal, neither opens of the other. */
export function derivePurposeKey(appKey: AppKey, purpose: KeyPurpose, realm: RealmKey): Buffer {
  return derive(Buffer.from(appKey, 'base64url'), `latchkey ${purpose}\n${realm}`);
}

/** The client secret of a relying party: the same wherever its login host is. */
export function deriveClientSecret(appKey: AppKey): string {
  const key = derive(Buffer.from(appKey, 'base64url'), 'latchkey openid client secret');
  return key.toString('base64url');
}

/** Names an app key without giving anything of it away: 8 characters. */
export function keyIdOf(appKey: AppKey): string {
  return derive(Buffer.from(appKey, 'base64url'), 'latchkey key id').toString('base64url', 0, 6);
}

/** The query parameter of a hop by which an app says which keys it has, newest first: their ids, with dots between. */
export const keysParameter = 'keys';

/**
 * The key to seal an app's token with: of those that the login host has, newest first, the first that the app has too. So it
 * does not matter which of the two gets a new secret first. `ids` is what the app said, null where it said nothing. Null:
 * the app has none of them.
 */
export function keyFor(keys: readonly AppKey[], ids: string | null): AppKey | null {
  if (ids === null) return keys[0] ?? null;
  const known = new Set(ids.slice(0, maxIdsLength).split('.'));
  return keys.find((key) => known.has(keyIdOf(key))) ?? null;
}

/** Far more keys than are in use at a time. */
const maxIdsLength = 143;

/**
 * Reads `LATCHKEY_APP_KEY`: one app key, or several between commas, newest first, while a family secret is rotated.
 * Throws `app_key_invalid`, without the text.
 */
export function parseAppKeys(
  text: string | undefined,
  app: string,
): readonly [AppKey, ...AppKey[]] {
  const keys = (text ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '');
  if (keys.length === 0 || !keys.every((key) => pattern.test(key))) {
    throw new LatchkeyError(
      'app_key_invalid',
      `The app '${app}' needs its app key: run \`latchkey app-key ${app}\` at the login host and set LATCHKEY_APP_KEY to what it prints.`,
    );
  }
  return keys as [AppKey, ...AppKey[]];
}

/**
 * Whether two secret texts are equal, without telling by the time taken where they differ. Seals too are compared as texts:
 * base64url has spare bits at the end, and two texts must not be one seal.
 */
export function equalSecrets(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

function derive(secret: string | Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'latchkey', info, keyBytes));
}
