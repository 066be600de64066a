import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inspect } from 'node:util';
import { startPostgresServer, type TestPostgresServer } from '@latchkey/testkit';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { inspectDatabase, type OpenDatabase, openDatabase } from './open-database.ts';

let server: TestPostgresServer;
let url: string;
let made = 0;
beforeAll(async () => {
  server = await startPostgresServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  made += 1;
  await ask(server.url, `create database empty_${made}`);
  url = server.url.replace(/postgres$/, `empty_${made}`);
});

async function ask(where: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: where });
  await client.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}

async function open(where = url): Promise<OpenDatabase> {
  const database = await openDatabase(where);
  onTestFinished(() => database.close());
  return database;
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'nothing failed',
    (error: unknown) => error,
  );

const account = {
  id: 'a',
  email: 'ada@kittens.example',
  email_key: 'ada@kittens.example',
  name: 'Ada',
  password_hash: null,
  state: 'active' as const,
  epoch: 1,
  administrator: 0,
  created_at: 1_800_000_000_000,
};

describe('a Postgres database', () => {
  test('has its tables in a schema of their own, beside those of an app, and finds the rows again', async () => {
    await ask(url, 'create table accounts (theirs text)');
    const first = await openDatabase(url);
    await first.db.insertInto('accounts').values(account).execute();
    await first.close();
    const { db } = await open();
    expect(await db.selectFrom('accounts').selectAll().execute()).toMatchObject([account]);
    expect(await ask(url, 'select * from public.accounts')).toEqual([]);
  });

  test('looks for text with a NUL, which none of its rows can hold, without failing', async () => {
    const { db } = await open();
    const found = db.selectFrom('accounts').select('id').where('id', '=', 'a\0b').execute();
    expect(await found).toEqual([]);
  });

  test('is made once by processes that start at the same moment', async () => {
    const program = `
      const { openDatabase } = await import(process.env.SOURCE);
      const { db, close } = await openDatabase(process.env.DATABASE);
      await db.insertInto('receivers').values({ app: String(process.pid), refusals: 0, probe_at: 0 }).execute();
      await close();`;
    const source = new URL('./open-database.ts', import.meta.url).href;
    const processes = Array.from({ length: 4 }, async () => {
      const args = ['--conditions=latchkey-source', '--input-type=module', '--eval', program];
      const env = { ...process.env, SOURCE: source, DATABASE: url };
      const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
      const [code] = (await once(child, 'exit')) as [number | null];
      return code;
    });
    expect(await Promise.all(processes)).toEqual([0, 0, 0, 0]);
    expect(await ask(url, 'select app from latchkey.receivers')).toHaveLength(4);
    expect(await ask(url, 'select name from latchkey.migrations')).toEqual([
      { name: '0001-first' },
    ]);
  });

  test('may be used by a role that may make nothing, once its tables are there', async () => {
    await ask(url, "create role clerk login password 'hush-hush'");
    const clerk = url.replace(/latchkey:[^@]*@/, 'clerk:hush-hush@');
    const refused = await failureOf(openDatabase(clerk));
    expect(refused).toMatchObject({ code: 'database_unavailable' });
    await (await openDatabase(url)).close();
    await ask(
      url,
      'grant usage on schema latchkey to clerk; grant select, insert, update, delete on all tables in schema latchkey to clerk',
    );
    const { db } = await open(clerk);
    await db.insertInto('accounts').values(account).execute();
    await ask(url, 'revoke insert on latchkey.notices from clerk');
    const row = sql`insert into notices (id) values ('n')`.execute(db);
    await expect(row).rejects.toMatchObject({ code: 'database_unavailable' });
  });

  test('says what is pending and changes nothing, and what only a newer release knows', async () => {
    expect(await inspectDatabase(url)).toEqual({
      hasTables: false,
      pending: ['0001-first'],
      unknown: [],
    });
    expect(await ask(url, "select 1 from pg_namespace where nspname = 'latchkey'")).toEqual([]);
    await expect(openDatabase(url, { mustExist: true })).rejects.toMatchObject({
      code: 'database_missing',
    });
    await (await openDatabase(url)).close();
    await ask(url, "insert into latchkey.migrations values ('9999-from-the-future', '2100-01-01')");
    expect(await inspectDatabase(url)).toEqual({
      hasTables: true,
      pending: [],
      unknown: ['9999-from-the-future'],
    });
    await expect(openDatabase(url)).rejects.toMatchObject({ code: 'database_unavailable' });
  });
});

describe('a server that fails', () => {
  test.each([
    ['a wrong password', (given: string) => given.replace(/:[^:@]*@/, ':hush-hush@')],
    ['no server', (given: string) => given.replace(/:[^:@]*@[^/]*/, ':hush-hush@127.0.0.1:1')],
    ['no such database', (given: string) => `${given}_nowhere`],
  ])('%s is said with the cause, without the password', async (_what, change) => {
    const failure = await failureOf(openDatabase(change(url)));
    expect(failure).toMatchObject({ code: 'database_unavailable', cause: expect.anything() });
    expect(inspect(failure, { depth: null })).not.toContain('hush-hush');
    expect(inspect(failure, { depth: null })).not.toContain(server.password);
  });

  test('rejects what is asked meanwhile, also in a transaction, and serves again when it is back', async () => {
    const { db } = await open();
    const read = () => db.selectFrom('accounts').select('id').execute();
    const write = db.transaction().execute(async (transaction) => {
      await transaction.insertInto('accounts').values(account).execute();
      await server.crash();
      await transaction
        .insertInto('accounts')
        .values({ ...account, id: 'b', email_key: 'b' })
        .execute();
    });
    const unavailable = { code: 'database_unavailable', cause: expect.anything() };
    expect(await failureOf(write)).toMatchObject(unavailable);
    expect(await failureOf(read())).toMatchObject(unavailable);
    await server.start();
    expect(await read()).toEqual([]);
  });

  test('rejects a statement that takes too long, and the connection serves on', async () => {
    const { db } = await open();
    const slow = db.transaction().execute(async (transaction) => {
      await sql`set local statement_timeout = 50`.execute(transaction);
      await sql`select pg_sleep(60)`.execute(transaction);
    });
    expect(await failureOf(slow)).toMatchObject({ code: 'database_unavailable' });
    expect(await db.selectFrom('accounts').select('id').execute()).toEqual([]);
  });
});

describe('transactions at the same time', () => {
  test('that wait for each other are both done in the end', async () => {
    const { db } = await open();
    for (const id of ['a', 'b']) {
      await db
        .insertInto('accounts')
        .values({ ...account, id, email_key: id })
        .execute();
    }
    let arrived = 0;
    const bothHaveOne = Promise.withResolvers<void>();
    const raise = (first: string, second: string) =>
      db.transaction().execute(async (transaction) => {
        for (const id of [first, second]) {
          await transaction
            .updateTable('accounts')
            .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
            .where('id', '=', id)
            .execute();
          arrived += 1;
          if (arrived >= 2) bothHaveOne.resolve();
          await bothHaveOne.promise;
        }
      });
    await Promise.all([raise('a', 'b'), raise('b', 'a')]);
    const rows = await db.selectFrom('accounts').select('epoch').execute();
    expect(rows).toEqual([{ epoch: 3 }, { epoch: 3 }]);
  });

  test('leave no connection with a transaction open when one of them fails', async () => {
    const { db } = await open();
    const twice = () =>
      db.transaction().execute(async (transaction) => {
        await transaction.insertInto('accounts').values(account).execute();
        await transaction.insertInto('accounts').values(account).execute();
      });
    const failures = await Promise.all(Array.from({ length: 30 }, () => failureOf(twice())));
    expect(failures).toEqual(failures.map(() => expect.objectContaining({ code: '23505' })));
    expect(await db.selectFrom('accounts').select('id').execute()).toEqual([]);
  });
});
