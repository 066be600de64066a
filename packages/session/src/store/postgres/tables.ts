import { LatchkeyError } from '../../errors.ts';
import { lastTrigger, makeTriggers } from './triggers.ts';

/** The tables of a store, quoted and ready to stand in SQL. */
export interface PostgresTables {
  readonly sessions: string;
  readonly slots: string;
  readonly once: string;
  readonly reports: string;
  /** Before the names of indexes, which are in the schema of their table. */
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

/*
 * A record (record.ts) is stored in parts: format, version, what never changes, what a write replaces. What statements ask of a
 * record (when it was made by its own account, whether a session belongs to a sign-in) is in columns besides. Format 0
 * is a tombstone, -1 says that the session was replaced by that at the key in its data; a format unknown to a release is an
 * end for it. A slot without a format has no sign-in: it is the slot of an anonymous session.
 *
 * Keys are compared as bytes: the keys of a slot then are side by side, whatever the language of the database.
 */
/** Makes what is missing, in one transaction. */
export function makeTables(tables: PostgresTables): string {
  const { sessions, slots, once, reports, indexPrefix } = tables;
  const expiryIndex = (table: string, on: string): string =>
    `create index if not exists "${indexPrefix}${table}_expiry" on ${on} (expires_at);`;
  return `begin isolation level read committed;
    select pg_advisory_xact_lock(${setUpLock});
    set local client_min_messages = warning;
    create table if not exists ${sessions} (
      key text collate "C" primary key, format smallint not null, version bigint not null,
      signed_in boolean not null default false, created_at float8 not null default 0,
      fixed text not null, data text not null, expires_at timestamptz not null,
      made_at timestamptz not null default clock_timestamp(), told boolean not null default false);
    ${expiryIndex('sessions', sessions)}
    create table if not exists ${slots} (
      slot text collate "C" primary key, format smallint, version bigint, created_at float8,
      fixed text, body text, used_at timestamptz not null, idle_at timestamptz not null,
      expires_at timestamptz not null, made_at timestamptz not null default now(),
      owner text collate "C");
    ${expiryIndex('slots', slots)}
    create index if not exists "${indexPrefix}slots_owner" on ${slots} (owner, made_at)
      where owner is not null;
    create table if not exists ${once} (
      slot text collate "C", id text collate "C", expires_at timestamptz not null,
      primary key (slot, id));
    ${expiryIndex('once', once)}
    create table if not exists ${reports} (
      id bigint generated always as identity primary key, realm text collate "C" not null,
      slot text not null, cause text not null, reported_at timestamptz not null default now());
    ${makeTriggers(tables)}
    commit`;
}
