import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { migrations } from './migrations.ts';
import { postgresSchema } from './postgres-kysely.ts';
import { hasRowLocks } from './row-locks.ts';

/** How the tables of a database are beside the migrations of this release. */
export interface MigrationState {
  /** Whether any release has ever made tables here. */
  readonly hasTables: boolean;
  /** Names of migrations to be applied, in order. */
  readonly pending: readonly string[];
  /** Names of migrations that only a newer release can know. */
  readonly unknown: readonly string[];
}

const migrationTableName = 'migrations';

type WithMigrations = Kysely<{ migrations: { readonly name: string } }>;

/** Looks, and changes nothing. */
export async function readMigrationState<DB>(
  db: Kysely<DB>,
  list: Readonly<Record<string, Migration>> = migrations,
): Promise<MigrationState> {
  const schema = schemaOf(db);
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  const hasTables = tables.some(
    (table) =>
      table.name === migrationTableName && (schema === undefined || table.schema === schema),
  );
  const rows = hasTables
    ? await (db as unknown as WithMigrations).selectFrom('migrations').select('name').execute()
    : [];
  const applied = new Set(rows.map(({ name }) => name));
  return {
    hasTables,
    pending: Object.keys(list).filter((name) => !applied.has(name)),
    unknown: [...applied].filter((name) => !Object.hasOwn(list, name)),
  };
}

/**
 * Applies what is pending, each migration whole or not at all. Of several processes that do so at once one applies it, under a
 * lock, and the others wait for it. Rejects with what went wrong.
 */
export async function migrate<DB>(
  db: Kysely<DB>,
  list: Readonly<Record<string, Migration>> = migrations,
): Promise<void> {
  const schema = schemaOf(db);
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(list) },
    migrationTableName,
    migrationLockTableName: 'migration_lock',
    ...(schema === undefined ? {} : { migrationTableSchema: schema }),
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

function schemaOf<DB>(db: Kysely<DB>): string | undefined {
  return hasRowLocks(db) ? postgresSchema : undefined;
}
