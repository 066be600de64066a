import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createTables } from './schema.ts';

/** The one migration list, in order, for SQLite and Postgres. A migration that was released is never changed. */
export const migrations: Readonly<Record<string, Migration>> = { '0001-first': { up: first } };

async function first(db: Kysely<unknown>): Promise<void> {
  for (const create of createTables) await create(db);
}
