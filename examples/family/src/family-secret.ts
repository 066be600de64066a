import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const fileName = 'family-secret';
const shortest = 32;

/**
 * The family secret: from `LATCHKEY_SECRET`, else the one kept in the data folder, made there the first time (mode 0600).
 * Throws an Error with one line to show when it is too short or the folder cannot be used.
 */
export function familySecret(environment: NodeJS.ProcessEnv, dataFolder: string): string {
  const given = environment['LATCHKEY_SECRET'];
  if (given !== undefined && given !== '') return checked(given, 'LATCHKEY_SECRET');
  const file = join(dataFolder, fileName);
  try {
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
    if (!existsSync(file)) makeSecret(file);
    return checked(readFileSync(file, 'utf8').trim(), file);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new Error(`The data folder ${dataFolder} cannot be used: ${error.message}.`, {
      cause: error,
    });
  }
}

function makeSecret(file: string): void {
  const secret = randomBytes(32).toString('base64url');
  try {
    // Written only where there is none: two families starting at once agree on the first.
    writeFileSync(file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'EEXIST') throw error;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

function checked(secret: string, where: string): string {
  if (secret.length >= shortest) return secret;
  throw new Error(
    `${where} holds a secret of less than ${shortest} characters. Make one: openssl rand -base64 32`,
  );
}
