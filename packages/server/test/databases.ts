import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type RawBuilder, sql } from 'kysely';
import pg from 'pg';
import { type OpenDatabase, openDatabase } from '../src/database/open-database.ts';
import { databaseServerVariable, templateDatabase } from './on-postgres.ts';

/** Set in the vitest project `server-on-postgres`: the URL of the server whose databases tests use in place of SQLite files. */
const server = process.env[databaseServerVariable];

/** Whether the suite runs on Postgres. */
export const isOnPostgres: boolean = server !== undefined;

/** To order rows in which tests changed nothing: as they were written. */
export const asWritten: RawBuilder<unknown> = sql.raw(isOnPostgres ? 'ctid' : 'rowid');

/** A database for tests: a file of SQLite, or one of the databases of a server, with all tables and no rows. */
export interface TestDatabase {
  readonly url: string;
  /** Rows of a query, as SQL has them now. */
  rows(query: string): Promise<Record<string, unknown>[]>;
  /** Changes rows, as another process would. */
  write(statement: string): Promise<void>;
  /** Gives it back; nobody may have it open. A file goes with its folder. */
  free(): Promise<void>;
}

const byFolder = new Map<string, Promise<TestDatabase>>();

/** The database that belongs to a folder: the same each time, until it is freed. */
export function databaseOf(folder: string): Promise<TestDatabase> {
  const known = byFolder.get(folder) ?? takeDatabase(folder);
  byFolder.set(folder, known);
  return known;
}

async function takeDatabase(folder: string): Promise<TestDatabase> {
  const forget = (): void => void byFolder.delete(folder);
  if (server === undefined) return sqliteDatabase(join(folder, 'latchkey.db'), forget);
  return postgresDatabase(server, forget);
}

/** An open database that belongs to nobody else; closing it is all there is to do. */
export async function openTestDatabase(): Promise<OpenDatabase> {
  if (server === undefined) return openDatabase('sqlite::memory:');
  const database = await postgresDatabase(server, () => undefined);
  const { db, close } = await openDatabase(database.url);
  return {
    db,
    async close() {
      await close();
      await database.free();
    },
  };
}

/** Makes writes fail from now on, as where the process is killed. Gives what ends that. */
export async function failWrites(
  db: OpenDatabase['db'],
  { event, table, when = '' }: FailingWrites,
): Promise<() => Promise<void>> {
  const condition = when === '' ? '' : `when (${when})`;
  const run = async (statement: string): Promise<void> =>
    void (await sql.raw(statement).execute(db));
  if (server === undefined) {
    const fail = "begin select raise(abort, 'told to fail'); end";
    await run(`create trigger told_to_fail ${event} on ${table} ${condition} ${fail}`);
    return () => run('drop trigger told_to_fail');
  }
  await run(`create or replace function told_to_fail() returns trigger language plpgsql as
    $$ begin raise exception 'told to fail'; end $$`);
  await run(
    `create trigger told_to_fail ${event} on ${table} for each row ${condition} execute function told_to_fail()`,
  );
  return () => run(`drop trigger told_to_fail on ${table}`);
}

/** Which writes. */
export interface FailingWrites {
  /** `before insert`, say. */
  readonly event: string;
  readonly table: string;
  /** About the rows `new` and `old`; default all. */
  readonly when?: string;
}

function sqliteDatabase(file: string, forget: () => void): TestDatabase {
  const using = <T>(work: (database: DatabaseSync) => T): T => {
    const database = new DatabaseSync(file);
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  return {
    url: `sqlite:${file}`,
    rows: async (query) =>
      using((database) =>
        database
          .prepare(query)
          .all()
          .map((row) => ({ ...row })),
      ),
    write: async (statement) => using((database) => database.exec(statement)),
    free: async () => forget(),
  };
}

async function postgresDatabase(serverUrl: string, forget: () => void): Promise<TestDatabase> {
  const name = await claimDatabase(serverUrl);
  const url = urlOf(serverUrl, name);
  return {
    url,
    rows: (query) => ask(url, query),
    write: async (statement) => void (await ask(url, statement)),
    async free() {
      forget();
      await ask(url, cleaning);
      await ask(serverUrl, `update test_databases set is_free = true where name = '${name}'`);
    },
  };
}

/** One that a test before has left, or a new one: making it takes many times as long. */
async function claimDatabase(serverUrl: string): Promise<string> {
  const [free] = await ask(
    serverUrl,
    `update test_databases set is_free = false where name =
      (select name from test_databases where is_free limit 1 for update skip locked) returning name`,
  );
  if (free !== undefined) return String(free['name']);
  const [made] = await ask(
    serverUrl,
    "insert into test_databases values ('test_' || nextval('test_database_number'), false) returning name",
  );
  const name = String(made?.['name']);
  await ask(serverUrl, `create database ${name} template ${templateDatabase}`);
  return name;
}

/** Whoever is connected still is thrown out; rows and triggers that tests made go. */
const cleaning = `
  select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid();
  set session_replication_role = replica;
  do $$ declare found record; begin
    for found in select tgname, tgrelid::regclass as place from pg_trigger where not tgisinternal
      loop execute format('drop trigger %I on %s', found.tgname, found.place); end loop;
    for found in select tablename from pg_tables
        where schemaname = 'latchkey' and tablename not like 'migration%'
      loop execute format('delete from latchkey.%I', found.tablename); end loop;
  end $$`;

function urlOf(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function ask(url: string, query: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({
    connectionString: url,
    options: '-c search_path=latchkey,public',
    types: { getTypeParser: (id: number) => (id === 20 ? Number : pg.types.getTypeParser(id)) },
  } as pg.ClientConfig);
  await client.connect();
  try {
    const result = await client.query(query);
    return Array.isArray(result) ? [] : result.rows;
  } finally {
    await client.end();
  }
}
