import type { EndCause } from '@latchkey/session/parts';
import type { Kysely } from 'kysely';

/** Part of `Database` in `../schema.ts`. */
export interface SignInTables {
  sign_ins: SignInTable;
  joined_apps: JoinedAppTable;
}

export interface SignInTable {
  /** UUID. */
  id: string;
  /** Where the session store keeps it; unique. */
  slot: string;
  account_id: string;
  /** RFC 8176 names, JSON array. */
  methods: string;
  proved_at: number;
  /** A few words for the person's list of devices, from the User-Agent. */
  device: string;
  /** The client's address, for the same list; `''` where it is not known. */
  place: string;
  /** The person asked to be kept signed in. */
  remembered: number;
  created_at: number;
  idle_seconds: number;
  absolute_seconds: number;
  /** Null while it lives. */
  ended_at: number | null;
  end_cause: EndCause | null;
  /** When the session store confirmed the ending; notices go out only afterwards. */
  enforced_at: number | null;
  /** Once ended: from when on the row may go (`packages/server/src/database/sweep.ts`). */
  forget_at: number | null;
}

/** Primary key (sign_in_id, app). Written before the code or token leaves. */
export interface JoinedAppTable {
  sign_in_id: string;
  app: string;
  reach: 'shared' | 'handshake' | 'oidc';
  /** The `sid` a relying party knows, else null. */
  sid: string | null;
  joined_at: number;
}

/** Part of the first migration. */
export async function createSignInTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sign_ins')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('slot', 'text', (column) => column.notNull().unique())
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('methods', 'text', (column) => column.notNull())
    .addColumn('proved_at', 'bigint', (column) => column.notNull())
    .addColumn('device', 'text', (column) => column.notNull())
    .addColumn('place', 'text', (column) => column.notNull())
    .addColumn('remembered', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('idle_seconds', 'bigint', (column) => column.notNull())
    .addColumn('absolute_seconds', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('end_cause', 'text')
    .addColumn('enforced_at', 'bigint')
    .addColumn('forget_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('sign_ins_by_account')
    .on('sign_ins')
    .columns(['account_id', 'ended_at'])
    .execute();
  await db.schema
    .createIndex('sign_ins_by_ending')
    .on('sign_ins')
    .columns(['enforced_at', 'ended_at'])
    .execute();
  await db.schema
    .createIndex('sign_ins_by_forgetting')
    .on('sign_ins')
    .columns(['forget_at'])
    .execute();
  await db.schema
    .createTable('joined_apps')
    .addColumn('sign_in_id', 'text', (column) => column.notNull().references('sign_ins.id'))
    .addColumn('app', 'text', (column) => column.notNull())
    .addColumn('reach', 'text', (column) => column.notNull())
    .addColumn('sid', 'text')
    .addColumn('joined_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('joined_apps_key', ['sign_in_id', 'app'])
    .execute();
  await db.schema.createIndex('joined_apps_by_sid').on('joined_apps').columns(['sid']).execute();
}
