import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from './open-database.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-database-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const account = {
  id: 'a',
  email: 'ada@kittens.example',
  email_key: 'ada@kittens.example',
  name: 'Ada',
  password_hash: null,
  state: 'active' as const,
  epoch: 1,
  administrator: 0,
  locale: null,
  email_confirmed_at: null,
  created_at: 1,
};

describe('opening the database', () => {
  test('makes folder and file, and finds the rows again', async () => {
    const url = `sqlite:${join(folder, 'deep/er/latchkey.db')}`;
    const first = await openDatabase(url);
    await first.db.insertInto('accounts').values(account).execute();
    await first.close();
    const second = await openDatabase(url);
    expect(await second.db.selectFrom('accounts').selectAll().execute()).toEqual([account]);
    await second.close();
  });

  test('nobody else on the machine may read the file or its folder', async () => {
    const { db, close } = await openDatabase(`sqlite:${join(folder, 'data/latchkey.db')}`);
    await db.insertInto('accounts').values(account).execute();
    const modes = ['data', 'data/latchkey.db', 'data/latchkey.db-wal'].map(
      (name) => statSync(join(folder, name)).mode & 0o077,
    );
    expect(modes).toEqual([0, 0, 0]);
    await close();
  });

  test('keeps everything in memory when told to', async () => {
    const { db, close } = await openDatabase('sqlite::memory:');
    expect(await db.selectFrom('accounts').selectAll().execute()).toEqual([]);
    await close();
  });

  test.each([
    'postgres://u:hush-hush@db:port/latchkey',
    'postgres://u:hush-hush@db/latchkey?sslrootcert=/nowhere/at/all',
    'mysql://u:hush-hush@db/latchkey',
    './latchkey.db',
    'sqlite://latchkey.db',
    'sqlite:',
    '',
  ])('refuses %j, says what to write and repeats no password', async (url) => {
    const error = await openDatabase(url).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'database_url_unknown' });
    const isPostgres = url.startsWith('postgres:');
    if (!isPostgres) expect(String(error)).toContain("'sqlite:./data/latchkey.db'");
    expect(inspect(error, { depth: null })).not.toContain('hush-hush');
  });

  test('a file that is no database is refused with the reason as cause', async () => {
    const file = join(folder, 'letter.txt');
    writeFileSync(file, 'Dear reader, this is a letter and not a database. '.repeat(100));
    const error = await openDatabase(`sqlite:${file}`).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'database_unavailable', cause: expect.any(Error) });
  });

  test('a database that a newer release has changed is refused', async () => {
    const url = `sqlite:${join(folder, 'latchkey.db')}`;
    const { db, close } = await openDatabase(url);
    const migrated = db.withTables<{ migrations: { name: string; timestamp: string } }>();
    await migrated
      .insertInto('migrations')
      .values({ name: '9999-from-the-future', timestamp: new Date(0).toISOString() })
      .execute();
    await close();
    await expect(openDatabase(url)).rejects.toMatchObject({ code: 'database_unavailable' });
  });
});
