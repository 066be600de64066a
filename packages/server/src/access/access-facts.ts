import type { Account } from '@latchkey/session';
import { type Expression, type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { AccessState } from '../database/tables/access.ts';
import type { AppRule } from './access-rules.ts';
import {
  type AccessDecision,
  type AccessFacts,
  type AccountAccess,
  type GroupMembership,
  resolveAccess,
} from './account-access.ts';

/** Ids of accounts, at least one, or a query that gives them. */
export type AccountIds = readonly string[] | Expression<string>;

/** By which rules, and when: milliseconds since 1970. */
export interface AccessMoment {
  readonly rules: ReadonlyMap<string, AppRule>;
  readonly at: number;
}

/** One thing that bears on what an account may enter. */
export interface FactRow {
  readonly account_id: string;
  readonly kind: 'decision' | 'group' | 'joined';
  /** Null: a group that opens no app. */
  readonly app: string | null;
  readonly state: AccessState;
  readonly until: number | null;
  readonly role: string | null;
  readonly decided_at: number;
  /** Of a group its name; of an app that joined a sign-in its `sid`. */
  readonly label: string | null;
}

/** A row of an account joined to its facts: all null where there are none. */
export type JoinedFactRow = {
  readonly [Column in Exclude<keyof FactRow, 'account_id'>]: FactRow[Column] | null;
};

/** The columns of an account that bear on it. */
export interface FactAccount {
  readonly email_key: string;
  readonly email_confirmed_at: number | null;
}

/** What bears on the access of accounts: a query to be joined to them, so that all of it is one statement. */
export function selectFacts(
  db: Kysely<Database>,
  accountIds: AccountIds,
): SelectQueryBuilder<Database, 'access', FactRow> {
  const decisions = db
    .selectFrom('access')
    .select([
      'access.account_id',
      sql.lit('decision').as('kind'),
      'access.app',
      'access.state',
      'access.granted_until as until',
      'access.role',
      'access.changed_at as decided_at',
      sql<string | null>`cast(null as text)`.as('label'),
    ])
    .where('access.account_id', 'in', accountIds)
    .$castTo<FactRow>();
  const memberships = db
    .selectFrom('group_members')
    .innerJoin('groups', 'groups.id', 'group_members.group_id')
    .leftJoin('group_apps', 'group_apps.group_id', 'group_members.group_id')
    .select([
      'group_members.account_id',
      sql.lit('group').as('kind'),
      'group_apps.app',
      sql.lit('granted').as('state'),
      sql<number | null>`cast(null as bigint)`.as('until'),
      'group_apps.role',
      sql<number>`case when group_apps.granted_at > group_members.added_at
        then group_apps.granted_at else group_members.added_at end`.as('decided_at'),
      'groups.name as label',
    ])
    .where('group_members.account_id', 'in', accountIds)
    .$castTo<FactRow>();
  return decisions.unionAll(memberships);
}

/** The columns of {@link selectFacts}, joined as `facts`. */
export const factColumns = [
  'facts.kind',
  'facts.app',
  'facts.state',
  'facts.until',
  'facts.role',
  'facts.decided_at',
  'facts.label',
] as const;

/** What one account may enter, from its row joined to each of its facts: at least one row. */
export function accessFromRows(
  rows: readonly (FactAccount & JoinedFactRow)[],
  { rules, at }: AccessMoment,
): AccountAccess {
  const facts: AccessFacts = {
    emailKey: rows[0]?.email_key ?? '',
    emailConfirmedAt: rows[0]?.email_confirmed_at ?? null,
    decisions: rows.flatMap(decisionOf),
    memberships: rows.flatMap(membershipOf),
  };
  return resolveAccess(facts, rules, at);
}

function decisionOf(row: JoinedFactRow): AccessDecision[] {
  const { kind, app, state, until, role, decided_at: decidedAt } = row;
  if (kind !== 'decision' || app === null || state === null || decidedAt === null) return [];
  return [{ app, state, until, role, decidedAt }];
}

function membershipOf(row: JoinedFactRow): GroupMembership[] {
  const { kind, app, role, decided_at: decidedAt, label: group } = row;
  if (kind !== 'group' || group === null || decidedAt === null) return [];
  return [{ group, app, role, decidedAt }];
}

/** What an account may enter, and who it is. */
export interface NamedAccess extends AccountAccess {
  readonly account: Account;
}

/** What several accounts may enter, by id; one statement. An account that is not there is left out. */
export async function readAccess(
  db: Kysely<Database>,
  accountIds: AccountIds,
  moment: AccessMoment,
): Promise<ReadonlyMap<string, NamedAccess>> {
  const rows = await db
    .selectFrom('accounts')
    .leftJoin(selectFacts(db, accountIds).as('facts'), 'facts.account_id', 'accounts.id')
    .select(['accounts.id', 'accounts.email', 'accounts.name'])
    .select(['accounts.email_key', 'accounts.email_confirmed_at'])
    .select(factColumns)
    .where('accounts.id', 'in', accountIds)
    .execute();
  const byAccount = Map.groupBy(rows, ({ id }) => id);
  return new Map(
    [...byAccount].map(([id, several]) => {
      const { email = '', name = '' } = several[0] ?? {};
      return [id, { ...accessFromRows(several, moment), account: { id, email, name } }];
    }),
  );
}
