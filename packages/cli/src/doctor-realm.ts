import { existsSync } from 'node:fs';
import { type Administration, openAdministration } from '@latchkey/server/administration';
import type { Family } from '@latchkey/session';
import type { Finding } from './doctor-finding.ts';

/**
 * Whether people were signed in under another origin of the login host. Nothing is found where the accounts are not on this
 * machine, or do not answer: the login host and the store are looked at for themselves.
 */
export async function examineRealm(family: Family): Promise<readonly Finding[]> {
  if (!isHere(family)) return [];
  let administration: Administration | null = null;
  try {
    administration = await openAdministration({ family });
    const { live, foreign } = await administration.countOtherRealms();
    if (foreign === 0) return [];
    const finding: Finding = {
      about: 'formerRealms',
      state: 'bad',
      words: `${foreign} of the last ${live} sign-ins were made under another login host: no app knows these people any more`,
      change: "formerRealms: ['https://…'], the origin of loginHost before",
    };
    return [finding];
  } catch {
    return [];
  } finally {
    await administration?.close();
  }
}

/** Opening a file that is not there would make it. */
function isHere({ database, store }: Family): boolean {
  if (database === null || typeof store !== 'string' || store.startsWith('memory:')) return false;
  return [database, store].every((url) => {
    const path = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(url)?.[1];
    return path === undefined || existsSync(path);
  });
}
