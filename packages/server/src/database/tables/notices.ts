import type { EndCause, NoticeResult } from '@latchkey/session/parts';
import type { Kysely } from 'kysely';

/** Part of `Database` in `../schema.ts`. */
export interface NoticeTables {
  notices: NoticeTable;
  receivers: ReceiverTable;
}

/** Why the apps of a sign-in are told. */
export type NoticeCause = EndCause | 'access-withdrawn';

export type NoticeState = 'waiting' | 'delivered' | 'dead';

/** One back-channel logout notice: written in the transaction that ends the sign-in. */
export interface NoticeTable {
  id: string;
  sign_in_id: string;
  app: string;
  sid: string;
  account_id: string;
  cause: NoticeCause;
  state: NoticeState;
  attempts: number;
  next_attempt_at: number;
  /** While in the future, some worker is sending it. */
  leased_until: number;
  /** The process that claimed it last; see `packages/server/src/outbox/worker-name.ts`. */
  claimed_by: string | null;
  /** A named reason: `delivered`, `refused-404`, `timeout`, … */
  last_result: NoticeResult | null;
  created_at: number;
  settled_at: number | null;
}

/** How a relying party has answered notices. A row from its first refusal on. */
export interface ReceiverTable {
  app: string;
  /** Refusals (4xx, redirects) in a row; 0 after one that it took. */
  refusals: number;
  /** After many refusals: from when on one notice may be tried again. */
  probe_at: number;
}

/** Part of the first migration. */
export async function createNoticeTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('notices')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('sign_in_id', 'text', (column) => column.notNull())
    .addColumn('app', 'text', (column) => column.notNull())
    .addColumn('sid', 'text', (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('cause', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('next_attempt_at', 'bigint', (column) => column.notNull())
    .addColumn('leased_until', 'bigint', (column) => column.notNull())
    .addColumn('claimed_by', 'text')
    .addColumn('last_result', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('settled_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('notices_due')
    .on('notices')
    .columns(['state', 'next_attempt_at'])
    .execute();
  await db.schema.createIndex('notices_by_sign_in').on('notices').columns(['sign_in_id']).execute();
  await db.schema.createIndex('notices_by_settled').on('notices').columns(['settled_at']).execute();
  await db.schema
    .createTable('receivers')
    .addColumn('app', 'text', (column) => column.primaryKey())
    .addColumn('refusals', 'integer', (column) => column.notNull())
    .addColumn('probe_at', 'bigint', (column) => column.notNull())
    .execute();
}
