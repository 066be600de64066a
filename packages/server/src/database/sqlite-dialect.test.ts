import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFileKysely } from './file-kysely.ts';

interface Tables {
  notes: { id: number; text: string | null; value: unknown };
}

let folder: string;
let db: Kysely<Tables>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-dialect-'));
  db = await openFileKysely<Tables>(join(folder, 'notes.db'));
  await sql`create table notes (id integer primary key, text text, value)`.execute(db);
});
afterEach(async () => {
  await db.destroy();
  rmSync(folder, { recursive: true, force: true });
});

async function stored(value: unknown): Promise<unknown> {
  await db.insertInto('notes').values({ id: 1, text: null, value }).execute();
  return (await db.selectFrom('notes').select('value').executeTakeFirstOrThrow()).value;
}

describe('node:sqlite under Kysely', () => {
  test('keeps true as 1', async () => expect(await stored(true)).toBe(1));
  test('keeps false as 0', async () => expect(await stored(false)).toBe(0));
  test('keeps a date as milliseconds', async () =>
    expect(await stored(new Date(1_234_567))).toBe(1_234_567));
  test('keeps an instant beyond 32 bits exactly', async () =>
    expect(await stored(1_767_225_600_123)).toBe(1_767_225_600_123));

  test('tells how many rows a write changed', async () => {
    await stored(1);
    const result = await db.updateTable('notes').set({ text: 'x' }).executeTakeFirstOrThrow();
    expect(result.numUpdatedRows).toBe(1n);
  });

  test('a transaction that throws leaves nothing', async () => {
    const failing = db.transaction().execute(async (transaction) => {
      await transaction.insertInto('notes').values({ id: 1, text: 'x', value: 1 }).execute();
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await db.selectFrom('notes').selectAll().execute()).toEqual([]);
  });

  test('transactions at once do not see each other half done', async () => {
    await stored(0);
    const increment = () =>
      db.transaction().execute(async (transaction) => {
        const row = await transaction.selectFrom('notes').select('value').executeTakeFirstOrThrow();
        await new Promise((resolve) => setImmediate(resolve));
        await transaction
          .updateTable('notes')
          .set({ value: (row.value as number) + 1 })
          .execute();
      });
    await Promise.all(Array.from({ length: 50 }, increment));
    const row = await db.selectFrom('notes').select('value').executeTakeFirstOrThrow();
    expect(row.value).toBe(50);
  });

  test('foreign keys hold', async () => {
    await sql`create table replies (note integer references notes (id))`.execute(db);
    await expect(sql`insert into replies values (7)`.execute(db)).rejects.toThrow(/FOREIGN KEY/);
  });

  test('a great many different texts are no trouble', async () => {
    for (let number = 0; number <= 1000; number += 1) {
      const { rows } = await sql.raw<{ number: number }>(`select ${number} as number`).execute(db);
      expect(rows).toEqual([{ number }]);
    }
  });

  test('a migration that fails half-way leaves nothing', async () => {
    const broken = {
      async up(target: Kysely<unknown>): Promise<void> {
        await target.schema.createTable('half').addColumn('id', 'integer').execute();
        await target.schema.createTable('half').addColumn('id', 'integer').execute();
      },
    };
    const provider = { getMigrations: () => Promise.resolve({ broken }) };
    const { error } = await new Migrator({ db, provider }).migrateToLatest();
    expect(error).toBeInstanceOf(Error);
    const tables = await db.introspection.getTables();
    expect(tables.map((table) => table.name)).toEqual(['notes']);
  });
});
