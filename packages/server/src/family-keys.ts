import { hkdfSync } from 'node:crypto';
import type { Family } from '@latchkey/session';
import { type AppKey, deriveAppKey, requireSecrets } from '@latchkey/session/parts';

/**
 * The app keys that the family secrets give, newest first; none for a name that is no app of the family. Throws
 * `secret_missing` where there is no secret, a short one or one of a few repeated characters: only the login host has
 * them, and it cannot be without. Whether a secret is random is not checked.
 */
export function createFamilyKeys(family: Family): (app: string) => readonly AppKey[] {
  requireSecrets(family.secrets, 'secrets');
  const keys = new Map(
    [...family.apps.keys()].map((app) => [
      app,
      family.secrets.map((secret) => deriveAppKey(secret, app)),
    ]),
  );
  return (app) => keys.get(app) ?? [];
}

/** The key of 32 bytes that a family secret gives for one use at the login host (HKDF-SHA256, RFC 5869). */
export function deriveSecretKey(secret: string, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'latchkey', `latchkey ${use}`, 32));
}

/**
 * The keys of what the login host seals for browsers, newest secret first; the first one seals, all of them open. Bound to the
 * realm, and so to the login host's origin: what staging seals with production's secret opens nothing in production.
 */
export function createSealKeys(
  { secrets, realm }: Pick<Family, 'secrets' | 'realm'>,
  use: string,
): readonly Buffer[] {
  const realms = [realm.present, ...realm.former];
  return realms.flatMap((key) =>
    secrets.map((secret) => deriveSecretKey(secret, `${use}\n${key}`)),
  );
}
