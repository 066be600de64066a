import type { EndCause, NoticeResult } from '@latchkey/session/parts';
import type { Kysely } from 'kysely';
import { addWorkColumns, createWorkIndexes, type WorkTable } from './work.ts';

/** Part of `Database` in `../schema.ts`. */
export interface NoticeTables {
  notices: NoticeTable;
  receivers: ReceiverTable;
}

/** Why the apps of a sign-in are told. */
export type NoticeCause = EndCause | 'access-withdrawn';

export type NoticeState = WorkTable['state'];

/** One back-channel logout notice: written in the transaction that ends the sign-in. */
export interface NoticeTable extends WorkTable {
  sign_in_id: string;
  app: string;
  sid: string;
  account_id: string;
  cause: NoticeCause;
  last_result: NoticeResult | null;
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
    .$call(addWorkColumns)
    .addColumn('sign_in_id', 'text', (column) => column.notNull())
    .addColumn('app', 'text', (column) => column.notNull())
    .addColumn('sid', 'text', (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('cause', 'text', (column) => column.notNull())
    .execute();
  await createWorkIndexes(db, 'notices');
  await db.schema.createIndex('notices_by_sign_in').on('notices').columns(['sign_in_id']).execute();
  await db.schema
    .createTable('receivers')
    .addColumn('app', 'text', (column) => column.primaryKey())
    .addColumn('refusals', 'integer', (column) => column.notNull())
    .addColumn('probe_at', 'bigint', (column) => column.notNull())
    .execute();
}
