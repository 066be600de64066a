import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runProcesses } from '../../test/processes.ts';
import { openDatabase } from './open-database.ts';

const source = new URL('open-database.ts', import.meta.url).href;
const processes = 3;
const increments = 300;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-processes-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Opens (and so migrates) the database, then reads and writes one row in many transactions. */
const program = `
  const { openDatabase } = await import(process.env.SOURCE);
  const { db, close } = await openDatabase(process.env.DATABASE);
  await db.insertInto('signing_keys')
    .values({ kid: 'k', alg: 'none', sealed_jwk: '', created_at: 0 })
    .onConflict((conflict) => conflict.doNothing()).execute();
  for (let step = 0; step < ${increments}; step += 1) {
    await db.transaction().execute(async (transaction) => {
      const row = await transaction.selectFrom('signing_keys').selectAll().executeTakeFirstOrThrow();
      await transaction.updateTable('signing_keys').set({ created_at: row.created_at + 1 }).execute();
    });
  }
  await close();
`;

test('processes that open one new file at once and read, then write, lose nothing', async () => {
  const url = `sqlite:${join(folder, 'latchkey.db')}`;
  await runProcesses(processes, program, { SOURCE: source, DATABASE: url });
  const { db, close } = await openDatabase(url);
  const row = await db.selectFrom('signing_keys').select('created_at').executeTakeFirstOrThrow();
  await close();
  expect(row.created_at).toBe(processes * increments);
});
