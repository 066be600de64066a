import { type AppKey, deriveAppKey, type Family, LatchkeyError } from '@latchkey/session';

/** Bytes a family secret has at least. */
const minSecretBytes = 32;

/**
 * The app keys that the family secrets give, newest first; none for a name that is no app of the family. Throws
 * `secret_missing` where there is no secret or a short one: only the login host has them, and it cannot be without.
 */
export function createFamilyKeys(family: Family): (app: string) => readonly AppKey[] {
  const isWeak = family.secrets.some((secret) => Buffer.byteLength(secret) < minSecretBytes);
  if (family.secrets.length === 0 || isWeak) {
    throw new LatchkeyError(
      'secret_missing',
      `The login host needs secrets: [...] in the family config, each of at least ${minSecretBytes} bytes: \`openssl rand -base64 48\` makes one.`,
    );
  }
  const keys = new Map(
    [...family.apps.keys()].map((app) => [
      app,
      family.secrets.map((secret) => deriveAppKey(secret, app)),
    ]),
  );
  return (app) => keys.get(app) ?? [];
}
