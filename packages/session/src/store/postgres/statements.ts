import { createHash } from 'node:crypto';
import {
  maxSessionsPerSignIn,
  sessionSkewMilliseconds,
  tombstoneSeconds,
} from '../../session-store.ts';
import { recordFormat } from '../record.ts';
import { replacedFormat } from './rows.ts';
import type { PostgresTables } from './tables.ts';
import { tellOf } from './triggers.ts';

/** A statement and the name under which each connection prepares it once. */
export interface PostgresStatement {
  readonly name: string;
  readonly text: string;
}

/*
 * The rules of `packages/session/src/store/slot-store.ts`, for Postgres. `se` is a session, `sl` its slot. `$1` is the store key where there is one,
 * and `$2` then its slot. Values are parameters without exception; lifetimes are given in milliseconds.
 *
 * Each write is one statement that finds the newest row by itself: a row that somebody else is writing is waited for and
 * looked at again, by `update` and by `on conflict` alike. So under READ COMMITTED and, with its 40001, above it.
 */
const slotLives = 'sl.expires_at > now() and sl.idle_at > now()';
const isSignIn = `sl.format = ${recordFormat}`;
const hasSignIn = `${isSignIn} and ${slotLives}`;
const isReplaced = `se.format = ${replacedFormat} and se.expires_at > now()`;
const hasEnded = 'se.format = 0 and se.expires_at > now()';
const isSession = `se.format = ${recordFormat} and case
  when ${isSignIn} then not se.signed_in or se.created_at >= sl.created_at - ${sessionSkewMilliseconds}
  else sl.format is null and not se.signed_in end`;
const sessionLives = `se.expires_at > now() and ${slotLives} and ${isSession}`;
const usedAt = inMilliseconds('sl.used_at');
/** Rows of each table that one sweep takes away at most. */
const sweptPerStep = 64;

function inMilliseconds(instant: string): string {
  return `(extract(epoch from ${instant}) * 1000)::bigint`;
}

function after(parameter: string): string {
  return `now() + ${parameter}::float8 * interval '1 millisecond'`;
}
const tombstoneEnd = `now() + interval '${tombstoneSeconds} seconds'`;

function statement(text: string): PostgresStatement {
  // By its text: stores with other tables may share a caller's pool, and so its prepared statements.
  return { name: `latchkey_${createHash('sha1').update(text).digest('hex')}`, text };
}

type SessionStatements = Record<
  | 'read'
  | 'isLive'
  | 'replaceSession'
  | 'rotateSession'
  | 'endSession'
  | 'retireSession'
  | 'findRetired'
  | 'tell'
  | 'createSession'
  | 'touch',
  PostgresStatement
>;

function sessionStatements(tables: PostgresTables): SessionStatements {
  const { sessions, slots } = tables;
  return {
    // The sign-in is judged once more where the row is decoded.
    read: statement(`select se.format, se.data, se.version, se.fixed,
        sl.format, sl.version, sl.fixed, sl.body, ${usedAt}
      from ${sessions} se join ${slots} sl on sl.slot = $2 where se.key = $1
        and ${sessionLives}`),
    isLive: statement(`select 1 from ${sessions} se join ${slots} sl on sl.slot = $2
      where se.key = $1 and ${sessionLives}`),
    // $3 data, $4 version that was read. To be told of by whoever says it.
    replaceSession: statement(`update ${sessions} se
      set version = se.version + 1, data = $3, told = not se.told
      from ${slots} sl where se.key = $1 and sl.slot = $2 and se.version = $4::bigint
        and ${sessionLives} returning 1`),
    // $3 the successor. The row itself moves, so that whoever waits to write to it finds that it was replaced.
    rotateSession: statement(`with moved as (
        update ${sessions} se set key = $3
        from ${slots} sl where se.key = $1 and sl.slot = $2 and ${sessionLives}
          and not exists (select from ${sessions} where key = $3) returning se.expires_at
      ) insert into ${sessions} (key, format, version, fixed, data, expires_at)
      select $1, ${replacedFormat}, 0, '', $3, ${tombstoneEnd} from moved returning 1`),
    // $3 by what (`replacementText`), $4 version that was read, or null. No row: another version is live, or it was replaced before.
    retireSession: statement(`insert into ${sessions} as se
      (key, format, version, fixed, data, expires_at)
      values ($1, ${replacedFormat}, 0, '', $3, ${tombstoneEnd})
      on conflict (key) do update set format = excluded.format, version = 0, fixed = '',
        data = excluded.data, expires_at = excluded.expires_at
      where not (${isReplaced}) and ($4::bigint is null or se.version = $4::bigint or not exists (
        select from ${slots} sl where sl.slot = $2 and ${sessionLives}))
      returning 1`),
    // Whether it was live, where there is a row: what was retired stays as it is, and when.
    endSession: statement(`with live as (
        select from ${sessions} se join ${slots} sl on sl.slot = $2
        where se.key = $1 and ${sessionLives}
      ) insert into ${sessions} as se
      (key, format, version, fixed, data, expires_at) values ($1, 0, 0, '', '', ${tombstoneEnd})
      on conflict (key) do update set format = 0, version = 0, fixed = '', data = '',
        expires_at = excluded.expires_at
      where not (${isReplaced}) and not (${hasEnded})
      returning exists (select from live)`),
    // By what it was replaced, or null; when it or its sign-in ended, or null.
    findRetired: statement(`select case when ${isReplaced} then se.data end, case
        when ${hasEnded} then ${inMilliseconds(`se.expires_at - interval '${tombstoneSeconds} seconds'`)}
        when sl.format = 0 and sl.expires_at > now() then ${usedAt} end
      from (select) here left join ${sessions} se on se.key = $1
        left join ${slots} sl on sl.slot = $2`),
    // $1 slots.
    tell: statement(tellOf(tables)),
    createSession: createSession(tables),
    // $3 idle lifetime.
    touch: statement(`update ${slots} sl set used_at = now(), idle_at = ${after('$3')},
        expires_at = case when sl.format is null then ${after('$3')} else sl.expires_at end
      from ${sessions} se where se.key = $1 and sl.slot = $2 and ${sessionLives} returning 1`),
  };
}

/**
 * In a transaction that holds the slot. $3 fixed part, $4 data, $5 absolute lifetime, $6 whether it needs the sign-in, $7
 * one-time id or null, $8 its lifetime, $9 and $10 where the keys of the slot begin and have ended, $11 when it was made. One
 * row: whether the key was free, the id taken, the session made.
 */
function createSession({ sessions, slots, once }: PostgresTables): PostgresStatement {
  return statement(`with free as (
      select where not exists (select from ${sessions} where key = $1 and expires_at > now())
    ), taken as (
      insert into ${once} as o (slot, id, expires_at)
      select $2, $7::text, ${after('$8')} from free where $7::text is not null
      on conflict (slot, id) do update set expires_at = excluded.expires_at
        where o.expires_at <= now() returning 1
    ), made as (
      insert into ${sessions} as se
        (key, format, version, signed_in, created_at, fixed, data, expires_at)
      select $1, ${recordFormat}, 1, $6::boolean, $11::float8, $3, $4, least(${after('$5')},
        (select sl.expires_at from ${slots} sl where $6::boolean and sl.slot = $2))
      from free where $7::text is null or exists (select from taken)
      on conflict (key) do update set format = excluded.format, version = 1,
        signed_in = excluded.signed_in, created_at = excluded.created_at, fixed = excluded.fixed,
        data = excluded.data, expires_at = excluded.expires_at,
        made_at = excluded.made_at
        where se.expires_at <= now() returning 1
    ), excess as (
      select key from ${sessions} where key >= $9 and key < $10 and expires_at > now()
        and format = ${recordFormat} and signed_in and $6::boolean
      order by made_at desc, key offset ${maxSessionsPerSignIn - 1}
    ), ended as (
      update ${sessions} set format = 0, version = 0, fixed = '', data = '',
        expires_at = ${tombstoneEnd}
      where exists (select from made) and key in (select key from excess)
    ) select exists (select from free), exists (select from taken), exists (select from made)`);
}

type SlotStatements = Record<
  | 'holdSignIn'
  | 'holdAnonymous'
  | 'createSignIn'
  | 'readSignIn'
  | 'listSignIns'
  | 'replaceSignIn'
  | 'endSignIn'
  | 'dropSessions'
  | 'takeOnce',
  PostgresStatement
>;

/** `$1` is the slot in all but `listSignIns` and `dropSessions`. */
function slotStatements({ sessions, slots, once, reports }: PostgresTables): SlotStatements {
  return {
    // Sessions of one sign-in are made one after the other, so that they can be counted; an ending waits for them or they
    // for it.
    holdSignIn: statement(
      `select 1 from ${slots} sl where sl.slot = $1 and ${hasSignIn} for no key update`,
    ),
    // $2 idle lifetime. No row: the slot has or had a sign-in.
    holdAnonymous: statement(`insert into ${slots} as sl (slot, used_at, idle_at, expires_at)
      values ($1, now(), ${after('$2')}, ${after('$2')})
      on conflict (slot) do update set format = null, version = null, fixed = null, body = null,
        owner = null, used_at = excluded.used_at, idle_at = excluded.idle_at,
        expires_at = excluded.expires_at
      where sl.expires_at <= now() or sl.format is null returning 1`),
    // $2 fixed part, $3 account and apps, $4 idle lifetime, $5 absolute lifetime, $6 whose it is, $7 when it was made.
    createSignIn: statement(`insert into ${slots} as sl
      (slot, format, version, fixed, body, used_at, idle_at, expires_at, owner, created_at)
      values ($1, ${recordFormat}, 1, $2, $3, now(), ${after('$4')}, ${after('$5')}, $6, $7)
      on conflict (slot) do update set format = excluded.format, version = 1,
        created_at = excluded.created_at, fixed = excluded.fixed, body = excluded.body, used_at = excluded.used_at,
        idle_at = excluded.idle_at, expires_at = excluded.expires_at, made_at = excluded.made_at,
        owner = excluded.owner
      where sl.expires_at <= now() or sl.format is null returning 1`),
    readSignIn: statement(`select sl.format, sl.version, sl.fixed, sl.body, ${usedAt}, sl.slot
      from ${slots} sl where sl.slot = $1 and ${hasSignIn}`),
    // $1 whose, $2 how many.
    listSignIns: statement(`select sl.format, sl.version, sl.fixed, sl.body, ${usedAt}, sl.slot
      from ${slots} sl where sl.owner = $1 and ${hasSignIn}
      order by sl.made_at desc limit $2::bigint`),
    // $2 account and apps, $3 version that was read.
    replaceSignIn: statement(`update ${slots} sl set version = sl.version + 1, body = $2
      where sl.slot = $1 and sl.version = $3::bigint and ${hasSignIn} returning 1`),
    // $2 cause, $3 the realm that it is reported to, or null.
    endSignIn: statement(`with reported as (
        insert into ${reports} (realm, slot, cause) select $3, $1, $2 where $3::text is not null
      ) insert into ${slots} (slot, format, used_at, idle_at, expires_at)
      values ($1, 0, now(), now(), ${tombstoneEnd})
      on conflict (slot) do update set format = 0, version = null, fixed = null, body = null,
        owner = null, used_at = excluded.used_at, idle_at = excluded.idle_at,
        expires_at = excluded.expires_at`),
    // All keys from $1 and before $2 but those that were replaced.
    dropSessions: statement(`delete from ${sessions}
      where key >= $1 and key < $2 and format <> ${replacedFormat}`),
    // $2 one-time id, $3 its lifetime. One row: whether there is a sign-in, and whether the id was taken.
    takeOnce: statement(`with owner as (
        select sl.slot from ${slots} sl where sl.slot = $1 and ${hasSignIn}
      ), taken as (
        insert into ${once} as o (slot, id, expires_at)
        select slot, $2::text, ${after('$3')} from owner
        on conflict (slot, id) do update set expires_at = excluded.expires_at
          where o.expires_at <= now() returning 1
      ) select exists (select from owner), exists (select from taken)`),
  };
}

type OtherStatements = Record<
  'readReports' | 'dropReports' | 'readTime' | 'ping' | 'incarnation',
  PostgresStatement
> & { readonly sweeps: readonly PostgresStatement[] };

function otherStatements({ sessions, slots, once, reports }: PostgresTables): OtherStatements {
  // Rows that somebody is writing are left for another time.
  const sweep = (table: string, key: string): PostgresStatement =>
    statement(`delete from ${table} where (${key}) in (select ${key} from ${table}
      where expires_at <= now() limit ${sweptPerStep} for update skip locked)`);
  return {
    readReports: statement(`select id, slot, cause from ${reports} where realm = $1
      order by id limit $2::bigint`),
    dropReports: statement(`delete from ${reports} where realm = $1 and id = any($2::bigint[])`),
    readTime:
      statement(`select floor(extract(epoch from clock)), extract(microseconds from clock)::bigint % 1000000
      from clock_timestamp() clock`),
    ping: statement(`select 1 from ${reports} limit 1`),
    incarnation: statement('select pg_postmaster_start_time()::text'),
    sweeps: [sweep(sessions, 'key'), sweep(slots, 'slot'), sweep(once, 'slot, id')],
  };
}

/** All that a store says to the server once its tables are there. */
export type PostgresStatements = SessionStatements & SlotStatements & OtherStatements;

export function createStatements(tables: PostgresTables): PostgresStatements {
  return { ...sessionStatements(tables), ...slotStatements(tables), ...otherStatements(tables) };
}
