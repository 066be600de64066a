import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createFakeClock, type StoreHarness, storeContract } from '@latchkey/testkit';
import { describe, expect, test } from 'vitest';
import { realm } from '../../../test/realm.ts';
import { keyAt, sessionRecord, signInRecord, slotAt } from '../../../test/records.ts';
import { isUnavailable } from '../../../test/store-away.ts';
import type { StoreKey } from '../../session-store.ts';
import { createSqliteStore } from './sqlite.ts';

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-sqlite-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeHarness(): Promise<StoreHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-sqlite-'));
  const clock = createFakeClock();
  const path = join(folder, 'sessions.db');
  return {
    open: async () => createSqliteStore({ path, now: clock.now }),
    advance: async (milliseconds) => clock.advance(milliseconds),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

describe('store contract', () => {
  for (const { name, run } of storeContract) test(name, () => run(makeHarness));
});

const minute = { idleSeconds: 60, absoluteSeconds: 60 };
const session = sessionRecord({ ...minute, signedIn: false, data: '{}' });
const slot = slotAt(1);
const signIn = signInRecord(minute);

test.each(['another process', 'the same process'])(
  'whatever %s writes, who has just read it reads anew',
  (who) =>
    inFolder(async (folder) => {
      const clock = createFakeClock();
      const open = () => createSqliteStore({ path: join(folder, 'sessions.db'), now: clock.now });
      const reader = open();
      const writer = who === 'the same process' ? reader : open();
      const read = async () => {
        // The second time from memory, if there is any.
        for (let time = 0; time < 3; time += 1) await reader.read(keyAt(1));
        return reader.read(keyAt(1));
      };
      expect(await read()).toBe(null);
      await writer.createSignIn(slot, signIn, realm);
      await writer.create(keyAt(1), { ...session, signedIn: true });
      expect(await read()).toMatchObject({ session: { data: '{}' }, usedAt: clock.now() });
      await writer.replace(keyAt(1), '{"cart":1}', 1);
      expect(await read()).toMatchObject({ session: { data: '{"cart":1}', version: 2 } });
      await writer.replaceSignIn(slot, { ...signIn, apps: {} }, 1);
      expect(await read()).toMatchObject({ signIn: { apps: {}, version: 2 } });
      clock.advance(1000);
      await writer.touch(keyAt(1), 60);
      expect(await read()).toMatchObject({ usedAt: clock.now() });
      await writer.create(keyAt(2), { ...session, signedIn: true });
      await writer.end(keyAt(2));
      expect(await read()).toMatchObject({ session: { version: 2 } });
      await writer.endSignIn(slot, 'sign-out');
      expect(await read()).toBe(null);
      await Promise.all([reader.close(), writer.close()]);
    }),
);

test('a session ends by time also while it is read all the time', () =>
  inFolder(async (folder) => {
    const clock = createFakeClock();
    const store = createSqliteStore({ path: join(folder, 'sessions.db'), now: clock.now });
    await store.create(keyAt(1), session);
    for (let second = 0; second < 60; second += 1) {
      expect(store.read(keyAt(1))).not.toBe(null);
      clock.advance(1000);
    }
    expect(store.read(keyAt(1))).toBe(null);
    await store.close();
  }));

test('an ending that fails half-way leaves the session as it was, also for who read it before', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'sessions.db');
    const store = createSqliteStore({ path });
    await store.createSignIn(slot, signIn, realm);
    await store.create(keyAt(1), { ...session, signedIn: true });
    const other = new DatabaseSync(path);
    other.exec(`create trigger refuse before delete on latchkey_sessions
      begin select raise(abort, 'refused'); end`);
    const before = store.read(keyAt(1));
    await expect(store.endSignIn(slot, 'sign-out')).rejects.toEqual(isUnavailable);
    expect(store.read(keyAt(1))).toEqual(before);
    other.exec('drop trigger refuse');
    await store.endSignIn(slot, 'sign-out');
    expect(store.read(keyAt(1))).toBe(null);
    other.close();
    await store.close();
  }));

test('read answers without a promise, and the parent folders of the file are made', () =>
  inFolder(async (folder) => {
    const store = createSqliteStore({ path: join(folder, 'a', 'b', 'sessions.db') });
    await store.create(keyAt(1), session);
    expect(store.read(keyAt(1))).toMatchObject({ session: { scope: 'shop' } });
    await store.close();
  }));

test('the file and its side files are for this user alone, also in a folder that others can read', () =>
  inFolder(async (folder) => {
    const open = join(folder, 'open');
    await mkdir(open, { mode: 0o755 });
    const store = createSqliteStore({ path: join(open, 'sessions.db') });
    await store.create(keyAt(1), session);
    for (const name of await readdir(open)) {
      expect((await stat(join(open, name))).mode & 0o777, name).toBe(0o600);
    }
    await store.close();
  }));

test('what is in the file outlives the process that wrote it', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'sessions.db');
    const first = createSqliteStore({ path });
    await first.create(keyAt(1), session);
    await first.close();
    const second = createSqliteStore({ path });
    expect(second.read(keyAt(1))).not.toBe(null);
    await second.close();
  }));

test('tables are made whole or not at all', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'sessions.db');
    const database = new DatabaseSync(path);
    // Takes the name of an index.
    database.exec('create table latchkey_slots_owner (name text)');
    expect(() => createSqliteStore({ path })).toThrow(isUnavailable);
    const tables = database.prepare(`select name from sqlite_schema where name like 'latchkey%'`);
    expect(tables.all()).toEqual([{ name: 'latchkey_slots_owner' }]);
    database.exec('drop table latchkey_slots_owner');
    database.close();
    const store = createSqliteStore({ path });
    await store.create(keyAt(1), session);
    expect(store.read(keyAt(1))).not.toBe(null);
    await store.close();
  }));

test('sign-ins of an account are found by an index, keys of a slot by their order', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'sessions.db');
    await createSqliteStore({ path }).close();
    const database = new DatabaseSync(path);
    const plan = (sql: string): string =>
      database
        .prepare(`explain query plan ${sql}`)
        .all()
        .map(({ detail }) => detail)
        .join('; ');
    expect(
      plan(`select slot from latchkey_slots
        where owner = ? and expires_at > ? and idle_at > ? order by made_at desc limit ?`),
    ).toBe('SEARCH latchkey_slots USING INDEX latchkey_slots_owner (owner=?)');
    expect(plan('select key from latchkey_sessions where key >= ? and key < ?')).toMatch(
      /^SEARCH latchkey_sessions USING (COVERING INDEX|PRIMARY KEY)/,
    );
    database.close();
  }));

test('ending a sign-in leaves a tombstone, and no session in the file but what was replaced', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'sessions.db');
    const store = createSqliteStore({ path });
    await store.createSignIn(slot, signIn, realm);
    for (const key of [keyAt(1), `${keyAt(1)}2`, `${keyAt(1)}3`]) {
      await store.create(key as StoreKey, { ...session, signedIn: true });
    }
    await store.rotate(keyAt(1), `${keyAt(1)}4` as StoreKey);
    await store.create(keyAt(2), session);
    await store.endSignIn(slot, 'sign-out');
    const database = new DatabaseSync(path, { readOnly: true });
    const rows = (sql: string) => database.prepare(sql).all();
    // What was replaced is still told from a stranger's.
    expect(rows('select key from latchkey_sessions order by key')).toEqual([
      { key: keyAt(1) },
      { key: keyAt(2) },
    ]);
    expect(rows(`select sign_in, owner from latchkey_slots where slot = '${slot}'`)).toEqual([
      { sign_in: 'ended', owner: null },
    ]);
    database.close();
    await store.close();
  }));

test('expired rows are cleared away a few at a time', () =>
  inFolder(async (folder) => {
    const clock = createFakeClock();
    const path = join(folder, 'sessions.db');
    const store = createSqliteStore({ path, now: clock.now });
    for (let index = 0; index < 40; index += 1) await store.create(keyAt(index), session);
    clock.advance(61_000);
    await store.create(keyAt(100), session);
    const rows = (): number[] => {
      const database = new DatabaseSync(path, { readOnly: true });
      const count = (table: string): number =>
        Number(database.prepare(`select count(*) as n from ${table}`).get()?.['n']);
      const counts = [count('latchkey_sessions'), count('latchkey_slots')];
      database.close();
      return counts;
    };
    expect(rows()).toEqual([33, 33]);
    for (let index = 101; index < 106; index += 1) await store.create(keyAt(index), session);
    expect(rows()).toEqual([6, 6]);
    await store.close();
  }));

test('a file that cannot be opened is store_unavailable with its cause', () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'folder.db'));
    expect(() => createSqliteStore({ path: join(folder, 'folder.db') })).toThrow(isUnavailable);
    const inFile = createSqliteStore({ path: join(folder, 'file.db') });
    await inFile.close();
    const below = join(folder, 'file.db', 'sessions.db');
    expect(() => createSqliteStore({ path: below })).toThrow(isUnavailable);
  }));

test('a file that is no database is store_unavailable', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'sessions.db');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(path, 'This is no database. '.repeat(100));
    expect(() => createSqliteStore({ path })).toThrow(isUnavailable);
  }));

test('while another holds the file, writes are store_unavailable and reads go on', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'sessions.db');
    const store = createSqliteStore({ path });
    await store.create(keyAt(1), session);
    const holder = new DatabaseSync(path);
    holder.exec('begin immediate');
    await expect(store.replace(keyAt(1), '{"late":1}', 1)).rejects.toThrow(isUnavailable);
    expect(store.read(keyAt(1))).not.toBe(null);
    holder.exec('rollback');
    holder.close();
    expect(await store.replace(keyAt(1), '{"again":1}', 1)).toBe('saved');
    await store.close();
  }));

test('a record in a format from the future is an end, never an error', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'sessions.db');
    const store = createSqliteStore({ path });
    await store.create(keyAt(1), session);
    const database = new DatabaseSync(path);
    database.exec(`update latchkey_sessions set record = replace(record, '[1,', '[2,')`);
    database.close();
    expect(store.read(keyAt(1))).toBe(null);
    expect(await store.replace(keyAt(1), '{}', 1)).toBe('ended');
    await store.close();
  }));

test('a path that no two processes could share is refused', () => {
  for (const path of ['', ':memory:']) {
    expect(() => createSqliteStore({ path })).toThrow(
      expect.objectContaining({ code: 'option_invalid' }),
    );
  }
});
