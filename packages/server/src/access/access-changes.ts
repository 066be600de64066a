import { type Kysely, type OnConflictBuilder, type OnConflictUpdateBuilder, sql } from 'kysely';
import type { Database } from '../database/schema.ts';

/**
 * Marks that what accounts may enter has changed, in the transaction that changes it: from its commit on no crash keeps the
 * change from their live sign-ins (`Access.applyMissed`), and whoever read before can tell that it is of before.
 */
export async function markAccounts(
  db: Kysely<Database>,
  accountIds: readonly string[],
  at: number,
): Promise<void> {
  if (accountIds.length === 0) return;
  // In one order: two that mark the same accounts at once do not wait for each other.
  const rows = accountIds.toSorted().map((id) => ({ account_id: id, changed_at: at }));
  await db.insertInto('access_changes').values(rows).onConflict(rise).execute();
}

/** The same for all members of a group; those that are not signed in too. */
export async function markMembers(
  db: Kysely<Database>,
  groupId: string,
  at: number,
): Promise<void> {
  await db
    .insertInto('access_changes')
    .columns(['account_id', 'changed_at'])
    .expression((eb) =>
      eb
        .selectFrom('group_members')
        .select(['account_id', eb.cast<number>(eb.val(at), 'bigint').as('changed_at')])
        .where('group_id', '=', groupId),
    )
    .onConflict(rise)
    .execute();
}

/** The same for every account that is signed in. */
export async function markLiveAccounts(db: Kysely<Database>, at: number): Promise<void> {
  await db
    .insertInto('access_changes')
    .columns(['account_id', 'changed_at'])
    .expression((eb) =>
      eb
        .selectFrom('sign_ins')
        .select(['account_id', eb.cast<number>(eb.val(at), 'bigint').as('changed_at')])
        .where('ended_at', 'is', null)
        .distinct(),
    )
    .onConflict(rise)
    .execute();
}

/** Two changes in one millisecond are two instants. */
function rise(
  conflict: OnConflictBuilder<Database, 'access_changes'>,
): OnConflictUpdateBuilder<Database, 'access_changes'> {
  return conflict.column('account_id').doUpdateSet({
    changed_at: sql<number>`case when excluded.changed_at > access_changes.changed_at
      then excluded.changed_at else access_changes.changed_at + 1 end`,
  });
}
