import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { databaseOf } from '../../test/databases.ts';
import { runProcesses } from '../../test/processes.ts';

/** Guesses fifty times at once, as a login host's process of its own, and writes how often it was allowed to. */
const program = `
  const { openDatabase } = await import(process.env.DATABASE_SOURCE);
  const { createLimits } = await import(process.env.LIMITS_SOURCE);
  const { realms } = await import(process.env.REALM_SOURCE);
  const { db, close } = await openDatabase(process.env.DATABASE);
  const family = { secrets: ['a secret of thirty-two characters'], realm: realms };
  const limits = createLimits({ db, family, now: () => 1_767_225_600_000 });
  const limited = { kind: 'password-of-account', key: 'ada@kittens.example' };
  const guesses = Array.from({ length: 50 }, () => limits.take(limited));
  const results = await Promise.all(guesses);
  console.log(results.filter(({ kind }) => kind === 'taken').length);
  await close();
`;

test('guesses in several processes at once: exactly ten are allowed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-limits-'));
  const database = await databaseOf(folder);
  onTestFinished(async () => {
    await database.free();
    rmSync(folder, { recursive: true, force: true });
  });
  const written = await runProcesses(3, program, {
    DATABASE_SOURCE: new URL('../database/open-database.ts', import.meta.url).href,
    LIMITS_SOURCE: new URL('limits.ts', import.meta.url).href,
    REALM_SOURCE: new URL('../../test/realm.ts', import.meta.url).href,
    DATABASE: database.url,
  });
  const allowed = written.map(Number);
  expect(allowed.reduce((sum, one) => sum + one, 0)).toBe(10);
});
