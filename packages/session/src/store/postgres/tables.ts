import { LatchkeyError } from '../../errors.ts';
import { lastTrigger, makeTriggers } from './triggers.ts';

/** The tables of a store, quoted and ready to stand in SQL. */
export interface PostgresTables {
  readonly sessions: string;
  readonly slots: string;
  readonly once: string;
  readonly reports: string;
  /** Before the names of indexes, which lie in the schema of their table. */
  readonly indexPrefix: string;
  /** The function that tells of changes. */
  readonly tell: string;
}

/** Names from the options. They go into SQL as text, so nothing but plain identifiers is taken: else `option_invalid`. */
export function nameTables(prefix: string, schema: string | undefined): PostgresTables {
  check('prefix', prefix);
  if (schema !== undefined) check('schema', schema);
  const place = schema === undefined ? '' : `"${schema}".`;
  const name = (table: string): string => `${place}"${prefix}${table}"`;
  return {
    sessions: name('sessions'),
    slots: name('slots'),
    once: name('once'),
    reports: name('reports'),
    indexPrefix: prefix,
    tell: name('tell'),
  };
}

function check(option: string, value: string): void {
  if (/^[a-z_][a-z0-9_]{0,39}$/.test(value)) return;
  const rule = 'up to 40 lower-case letters, digits and underscores, not a digit first';
  throw new LatchkeyError('option_invalid', `${option} of the Postgres store must be ${rule}.`);
}

/**
 * Whether the tables are there as this release needs them. What came last stands for all: they come into being, and get
 * what is new, in one transaction.
 */
export function findTables({ slots, reports }: PostgresTables): string {
  return `select to_regclass('${reports}') is not null and exists (${lastTrigger(slots)})`;
}

/** `latchkey` in ASCII: taken by whoever makes tables, so that processes that start together take turns. */
const setUpLock = '7809651199139603833';

// Taken from the text by pattern: the server's JSON functions fail at text that has a NUL in it, wherever that is.
const inText = String.raw`(?:[^"\\]|\\.)*`;
const number = '[-+.e0-9]+';

/** When a record was created, in milliseconds, from its fixed part (record.ts). */
export const createdAtOf: Record<'session' | 'signIn', (fixed: string) => string> = {
  session: (fixed) => `substring(${fixed} from ',(${number}),${number},${number}[]]$')::float8`,
  signIn: (fixed) =>
    `substring(${fixed} from '^i[[]"${inText}",${number},[[](?:"${inText}",?)*[]],(${number})')::float8`,
};

/*
 * A record (record.ts) lies in parts: format, version, what never changes (with the kind in front), what a write
 * replaces. Format 0 is a tombstone, -1 says that the session was replaced by that at the key in its data; a format unknown to a release is an
 * end for it. A slot without a format has no sign-in: it is the slot of an anonymous session.
 *
 * Keys are compared as bytes: the keys of a slot then lie side by side, whatever the language of the database.
 */
/**
 * Makes what is missing, in one transaction: tables as they were first, then what came to them later, also where an earlier
 * release made them. It is carried through though the caller gives up waiting: a large table takes its time.
 */
export function makeTables(tables: PostgresTables): string {
  return `begin isolation level read committed;
    select pg_advisory_xact_lock(${setUpLock});
    set local statement_timeout = 0;
    set local client_min_messages = warning;
    ${firstTables(tables)}
    ${laterColumns(tables)}
    ${makeTriggers(tables)}
    commit`;
}

function firstTables({ sessions, slots, once, reports, indexPrefix }: PostgresTables): string {
  const index = (table: string, on: string): string =>
    `create index if not exists "${indexPrefix}${table}_expiry" on ${on} (expires_at);`;
  return `create table if not exists ${sessions} (
      key text collate "C" primary key, format smallint not null, version bigint not null,
      fixed text not null, data text not null, expires_at timestamptz not null);
    ${index('sessions', sessions)}
    create table if not exists ${slots} (
      slot text collate "C" primary key, format smallint, version bigint, fixed text, body text,
      used_at timestamptz not null, idle_at timestamptz not null, expires_at timestamptz not null);
    ${index('slots', slots)}
    create table if not exists ${once} (
      slot text collate "C", id text collate "C", expires_at timestamptz not null,
      primary key (slot, id));
    ${index('once', once)}
    create table if not exists ${reports} (
      id bigint generated always as identity primary key, slot text not null, cause text not null,
      reported_at timestamptz not null default now());`;
}

function laterColumns({ sessions, slots, reports, indexPrefix }: PostgresTables): string {
  return `alter table ${slots} add column if not exists made_at timestamptz;
    update ${slots} set made_at = case when format = 1
      then to_timestamp(${createdAtOf.signIn('fixed')} / 1000) else now() end
      where made_at is null;
    alter table ${slots} alter column made_at set default now();
    alter table ${slots} add column if not exists owner text collate "C";
    create index if not exists "${indexPrefix}slots_owner" on ${slots} (owner, made_at)
      where owner is not null;
    alter table ${reports} add column if not exists realm text collate "C" not null default '';
    alter table ${sessions} add column if not exists made_at timestamptz not null default now();
    alter table ${sessions} alter column made_at set default clock_timestamp();
    alter table ${sessions} add column if not exists told boolean not null default false;`;
}
