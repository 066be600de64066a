import type { Platform } from '@latchkey/session';
import type { EventReasons } from '@latchkey/session/parts';
import type { Kysely, Transaction } from 'kysely';
import { createRowId } from '../database/row-id.ts';
import type { Database } from '../database/schema.ts';
import { inBatches } from '../sign-out/in-batches.ts';
import { markAccounts, markMembers } from './access-changes.ts';

/** `signedIn`: how many accounts that are signed in were looked at again. */
export type GroupChange =
  | { readonly kind: 'changed'; readonly signedIn: number }
  | { readonly kind: 'refused'; readonly why: 'unknown-group' | 'unknown-account' };

/**
 * Groups of accounts. A group opens apps to its members, each with a role if it has one. A change holds for members that are
 * signed in when the call resolves, as with `Access`; rejects as that does. Does not check that the family has an app or a role.
 */
export interface Groups {
  /** A name has 1 to 64 lower-case letters, digits, `-` and `_`, and begins with a letter. */
  add(name: string): Promise<'added' | 'name-invalid' | 'name-taken'>;
  /** Its members lose what it alone opened to them. */
  remove(name: string): Promise<GroupChange>;
  /** By name. */
  list(): Promise<readonly ListedGroup[]>;
  addMember(name: string, accountId: string): Promise<GroupChange>;
  removeMember(name: string, accountId: string): Promise<GroupChange>;
  /** Opens an app; again with another role replaces the role. */
  grant(name: string, app: string, role: string | null): Promise<GroupChange>;
  withdraw(name: string, app: string): Promise<GroupChange>;
}

export interface ListedGroup {
  readonly name: string;
  readonly members: number;
  readonly apps: readonly { readonly app: string; readonly role: string | null }[];
}

export interface GroupsDeps {
  readonly db: Kysely<Database>;
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
  /** `Access.apply`. */
  readonly apply: (accountId: string) => Promise<number>;
  readonly onEvent: Platform['onEvent'];
}

/** What a change writes in the group that it has locked; false: no such account. */
type Work = (transaction: Transaction<Database>, groupId: string) => Promise<boolean>;

const namePattern = /^[a-z][a-z0-9_-]{0,63}$/;

export function createGroups(deps: GroupsDeps): Groups {
  const { db, now } = deps;
  const change = (name: string, reason: EventReasons['access.group-changed'], work: Work) =>
    changeGroup(deps, { name, reason, work });
  return {
    add: (name) => addGroup(deps, name),
    remove: (name) =>
      change(name, 'removed', async (transaction, id) => {
        await markMembers(transaction, id, now());
        for (const table of ['group_members', 'group_apps'] as const)
          await transaction.deleteFrom(table).where('group_id', '=', id).execute();
        await transaction.deleteFrom('groups').where('id', '=', id).execute();
        return true;
      }),
    list: () => listGroups(db),
    addMember: (name, accountId) =>
      change(name, 'member-added', (transaction, id) =>
        insertMember(transaction, { groupId: id, accountId, at: now() }),
      ),
    removeMember: (name, accountId) =>
      change(name, 'member-removed', async (transaction, id) => {
        const { numDeletedRows } = await transaction
          .deleteFrom('group_members')
          .where('group_id', '=', id)
          .where('account_id', '=', accountId)
          .executeTakeFirst();
        await markAccounts(transaction, numDeletedRows === 0n ? [] : [accountId], now());
        return numDeletedRows > 0n;
      }),
    grant: (name, app, role) =>
      change(name, 'app-granted', async (transaction, id) => {
        const values = { role, granted_at: now() };
        await transaction
          .insertInto('group_apps')
          .values({ group_id: id, app, ...values })
          .onConflict((conflict) => conflict.columns(['group_id', 'app']).doUpdateSet(values))
          .execute();
        await markMembers(transaction, id, now());
        return true;
      }),
    withdraw: (name, app) =>
      change(name, 'app-withdrawn', async (transaction, id) => {
        await transaction
          .deleteFrom('group_apps')
          .where('group_id', '=', id)
          .where('app', '=', app)
          .execute();
        await markMembers(transaction, id, now());
        return true;
      }),
  };
}

async function addGroup(
  { db, now, randomBytes, onEvent }: GroupsDeps,
  name: string,
): Promise<'added' | 'name-invalid' | 'name-taken'> {
  if (!namePattern.test(name)) return 'name-invalid';
  const row = await db
    .insertInto('groups')
    .values({ id: createRowId(randomBytes), name, created_at: now() })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (row === undefined) return 'name-taken';
  onEvent({ type: 'access.group-changed', reason: 'added' });
  return 'added';
}

async function changeGroup(
  { db, apply, onEvent }: GroupsDeps,
  what: {
    readonly name: string;
    readonly reason: EventReasons['access.group-changed'];
    readonly work: Work;
  },
): Promise<GroupChange> {
  const { name, reason, work } = what;
  const done = await db.transaction().execute(async (transaction) => {
    // An update takes the row's lock in every database: changes of one group follow one another.
    const group = await transaction
      .updateTable('groups')
      .set((eb) => ({ name: eb.ref('name') }))
      .where('name', '=', name)
      .returning('id')
      .executeTakeFirst();
    if (group === undefined) return 'unknown-group';
    const before = await signedInMembers(transaction, group.id);
    if (!(await work(transaction, group.id))) return 'unknown-account';
    return new Set([...before, ...(await signedInMembers(transaction, group.id))]);
  });
  if (typeof done === 'string') return { kind: 'refused', why: done };
  onEvent({ type: 'access.group-changed', reason });
  await inBatches([...done], apply);
  return { kind: 'changed', signedIn: done.size };
}

/** False: no such account. */
async function insertMember(
  transaction: Transaction<Database>,
  { groupId, accountId, at }: { groupId: string; accountId: string; at: number },
): Promise<boolean> {
  const account = await transaction
    .selectFrom('accounts')
    .select('id')
    .where('id', '=', accountId)
    .where('state', '!=', 'deleted')
    .executeTakeFirst();
  if (account === undefined) return false;
  await transaction
    .insertInto('group_members')
    .values({ group_id: groupId, account_id: accountId, added_at: at })
    .onConflict((conflict) => conflict.columns(['group_id', 'account_id']).doNothing())
    .execute();
  await markAccounts(transaction, [accountId], at);
  return true;
}

async function signedInMembers(db: Kysely<Database>, groupId: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('group_members')
    .innerJoin('sign_ins', 'sign_ins.account_id', 'group_members.account_id')
    .select('group_members.account_id')
    .distinct()
    .where('group_members.group_id', '=', groupId)
    .where('sign_ins.ended_at', 'is', null)
    .execute();
  return rows.map(({ account_id }) => account_id);
}

async function listGroups(db: Kysely<Database>): Promise<readonly ListedGroup[]> {
  const groups = await db
    .selectFrom('groups')
    .leftJoin('group_members', 'group_members.group_id', 'groups.id')
    .select(['groups.id', 'groups.name'])
    .select((eb) => eb.fn.count<number>('group_members.account_id').as('members'))
    .groupBy(['groups.id', 'groups.name'])
    .orderBy('groups.name')
    .execute();
  const apps = await db
    .selectFrom('group_apps')
    .select(['group_id', 'app', 'role'])
    .orderBy('app')
    .execute();
  const appsOf = Map.groupBy(apps, ({ group_id }) => group_id);
  return groups.map(({ id, name, members }) => ({
    name,
    members: Number(members),
    apps: (appsOf.get(id) ?? []).map(({ app, role }) => ({ app, role })),
  }));
}
