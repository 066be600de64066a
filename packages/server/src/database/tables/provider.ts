import type { Kysely } from 'kysely';

/** Part of `Database` in `../schema.ts`. */
export interface ProviderTables {
  oidc_records: OidcRecordTable;
  signing_keys: SigningKeyTable;
}

/** What oidc-provider keeps, except its sessions. Primary key (kind, id_hash). */
export interface OidcRecordTable {
  kind: string;
  /** SHA-256 of the provider's id: codes and tokens are not stored raw. */
  id_hash: string;
  payload: string;
  grant_id: string | null;
  user_code: string | null;
  uid: string | null;
  /** The sign-in it belongs to, where known. */
  sign_in_id: string | null;
  consumed_at: number | null;
  expires_at: number | null;
}

/** The provider's key set, sealed under the family secret. */
export interface SigningKeyTable {
  kid: string;
  alg: string;
  sealed_jwk: string;
  created_at: number;
}

/** Part of the first migration. */
export async function createProviderTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('oidc_records')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('id_hash', 'text', (column) => column.notNull())
    .addColumn('payload', 'text', (column) => column.notNull())
    .addColumn('grant_id', 'text')
    .addColumn('user_code', 'text')
    .addColumn('uid', 'text')
    .addColumn('sign_in_id', 'text')
    .addColumn('consumed_at', 'bigint')
    .addColumn('expires_at', 'bigint')
    .addPrimaryKeyConstraint('oidc_records_key', ['kind', 'id_hash'])
    .execute();
  for (const column of ['grant_id', 'uid', 'user_code', 'sign_in_id', 'expires_at']) {
    await db.schema
      .createIndex(`oidc_records_by_${column}`)
      .on('oidc_records')
      .columns([column])
      .execute();
  }
  await db.schema
    .createTable('signing_keys')
    .addColumn('kid', 'text', (column) => column.primaryKey())
    .addColumn('alg', 'text', (column) => column.notNull())
    .addColumn('sealed_jwk', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
}
