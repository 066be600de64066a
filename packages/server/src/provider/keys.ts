import { createHash, createHmac } from 'node:crypto';
import { LatchkeyError } from '@latchkey/session';
import { deriveSecretKey } from '../family-keys.ts';

/** What the provider derives from the family's secrets; each use has a key of its own. */
export interface ProviderKeys {
  /** Seal the signing keys in the database (AES-256-GCM); newest first. */
  readonly sealing: readonly Buffer[];
  /** Makes the `sid` of a sign-in in an app. */
  readonly sid: Buffer;
}

/** Derives the keys with HKDF-SHA256 (RFC 5869). Throws `secret_missing` when there is no secret. */
export function deriveProviderKeys(secrets: readonly string[]): ProviderKeys {
  const [newest] = secrets;
  if (newest === undefined) {
    throw new LatchkeyError(
      'secret_missing',
      'The OpenID Provider needs a family secret: set `secrets` in latchkey.config.ts, newest first.',
    );
  }
  return {
    sealing: secrets.map((secret) => deriveSecretKey(secret, 'provider signing keys')),
    sid: deriveSecretKey(newest, 'provider sid'),
  };
}

/** What a `sid` is made of. */
export interface SidFacts {
  readonly signInId: string;
  readonly app: string;
  /** When access to the app was last decided. */
  readonly decidedAt: number;
}

/**
 * The `sid` by which an app knows a sign-in: an HMAC, so tabs that open the app at once agree on it, and no app can tell
 * which other app's `sid` belongs to the same sign-in. 43 characters. An app that lost access and got it back knows the sign-in by a new `sid`, since it was told that the old one ended.
 */
export function sidOf(key: Buffer, { signInId, app, decidedAt }: SidFacts): string {
  return createHmac('sha256', key)
    .update(`sid\n${signInId}\n${app}\n${decidedAt}`)
    .digest('base64url');
}

/**
 * The provider's grant id for a sign-in in an app. Made from the `sid` that the database holds rather than from a
 * secret: codes under way survive a new secret.
 */
export function grantIdOf(sid: string): string {
  return createHash('sha256').update(`latchkey grant\n${sid}`).digest('base64url');
}
