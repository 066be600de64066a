import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Account } from '@latchkey/session';

/** A user of the wiki: its own record, found by the account's UUID, which never changes. */
export interface WikiUser {
  readonly accountId: string;
  /** Name and address as of the last sign-in; the login host knows them better. */
  readonly name: string;
  readonly email: string;
  /** Milliseconds since 1970. */
  readonly firstSeenAt: number;
  /** How often the person signed in here. */
  readonly visits: number;
}

/** The wiki's own table of users. */
export interface WikiUsers {
  /** The user of an account, made at the first visit. Counts a visit. */
  findOrCreate(account: Account): WikiUser;
  find(accountId: string): WikiUser | null;
  close(): void;
}

const columns =
  'account_id as accountId, name, email, first_seen_at as firstSeenAt, visits' as const;

/** Opens the table in a file, or `:memory:`. */
export function openWikiUsers(path: string, now: () => number = Date.now): WikiUsers {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(path, { timeout: 5000 });
  database.exec(`create table if not exists users (
    account_id text primary key, name text not null, email text not null,
    first_seen_at integer not null, visits integer not null) strict`);
  const upsert = database.prepare(`insert into users values (?, ?, ?, ?, 1)
    on conflict (account_id) do update set name = excluded.name, email = excluded.email, visits = visits + 1
    returning ${columns}`);
  const select = database.prepare(`select ${columns} from users where account_id = ?`);
  return {
    findOrCreate: ({ id, name, email }) => toUser(upsert.get(id, name, email, now())),
    find: (accountId) => {
      const row = select.get(accountId);
      return row === undefined ? null : toUser(row);
    },
    close: () => database.close(),
  };
}

function toUser(row: Record<string, unknown> | undefined): WikiUser {
  return {
    accountId: String(row?.['accountId']),
    name: String(row?.['name']),
    email: String(row?.['email']),
    firstSeenAt: Number(row?.['firstSeenAt']),
    visits: Number(row?.['visits']),
  };
}
