import { hkdfSync } from 'node:crypto';
import { type Family, LatchkeyError } from '@latchkey/session';
import { type AppKey, deriveAppKey } from '@latchkey/session/parts';

/** Bytes a family secret has at least. */
const minSecretBytes = 32;
/** Different characters it has at least; 32 random bytes written in hexadecimal practically always have more. */
const minDifferentCharacters = 10;

/**
 * The app keys that the family secrets give, newest first; none for a name that is no app of the family. Throws
 * `secret_missing` where there is no secret, a short one or one of a few repeated characters: only the login host has
 * them, and it cannot be without. Whether a secret is random is not checked.
 */
export function createFamilyKeys(family: Family): (app: string) => readonly AppKey[] {
  const fault = secretsFault(family.secrets);
  if (fault !== null) {
    throw new LatchkeyError(
      'secret_missing',
      `The login host needs secrets: [...] in the family config, each of at least ${minSecretBytes} random bytes; ${fault}. \`openssl rand -base64 48\` makes one.`,
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

/** What is wrong, with the place in the list: an empty variable of the environment looks like any other. */
function secretsFault(secrets: readonly string[]): string | null {
  if (secrets.length === 0) return 'there is none (a variable of the environment that is not set?)';
  const at = secrets.findIndex((secret) => weakness(secret) !== null);
  const found = weakness(secrets[at] ?? null);
  return found === null ? null : `secrets[${at}] ${found}`;
}

function weakness(secret: string | null): string | null {
  if (secret === null) return null;
  if (secret === '') return 'is empty';
  const bytes = Buffer.byteLength(secret);
  if (bytes < minSecretBytes) return `has ${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  return new Set(secret).size < minDifferentCharacters
    ? `has fewer than ${minDifferentCharacters} different characters`
    : null;
}

/** The key of 32 bytes that a family secret gives for one use at the login host (HKDF-SHA256, RFC 5869). */
export function deriveSecretKey(secret: string, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'latchkey', `latchkey ${use}`, 32));
}
