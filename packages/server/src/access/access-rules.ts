import type { Family, FamilyMember } from '@latchkey/session';
import type { Kysely, Transaction } from 'kysely';
import type { Database } from '../database/schema.ts';
import { markLiveAccounts } from './access-changes.ts';

type AppSettings = Pick<FamilyMember, 'access' | 'roles'>;

/** What the config says of one app. */
export interface AppRule extends AppSettings {
  /** When it began to say so: milliseconds since 1970. */
  readonly changedAt: number;
}

/**
 * What the config opens without a decision, by the name of the app. Kept in SQL by the login host that started last, so that
 * several on one database, and the command line beside them, answer alike while a new config is rolled out.
 */
export interface AccessRules {
  /** As they were when last looked at. */
  current(): ReadonlyMap<string, AppRule>;
  /** Looks again: another login host may have started with another config. */
  refresh(): Promise<void>;
}

export interface AccessRulesDeps {
  readonly db: Kysely<Database>;
  readonly now: () => number;
}

/** At the start of a login host: from now on its config holds. Accounts that are signed in are looked at again where it changed. */
export async function adoptRules(deps: AccessRulesDeps, family: Family): Promise<AccessRules> {
  await deps.db.transaction().execute((transaction) => writeRules(deps, transaction, family));
  return readRules(deps);
}

/** The rules of the login host that started last. */
export async function readRules({ db, now }: AccessRulesDeps): Promise<AccessRules> {
  let rules = await findRules(db);
  return {
    current: () => rules,
    async refresh() {
      const found = await findRules(db);
      const isSame = sameRules(found, rules);
      rules = found;
      // What was begun here by the old rules is looked at again.
      if (!isSame) await markLiveAccounts(db, now());
    },
  };
}

/** Where nothing is adopted: only decisions and groups let in. */
export const noRules: AccessRules = {
  current: () => new Map(),
  refresh: () => Promise.resolve(),
};

async function writeRules(
  { now }: AccessRulesDeps,
  transaction: Transaction<Database>,
  family: Family,
): Promise<void> {
  const rows = await transaction.selectFrom('access_rules').selectAll().execute();
  const before = new Map(rows.map(({ app, rule }) => [app, rule]));
  const today = new Map([...family.apps.values()].map((app) => [app.name, textOf(app)]));
  const gone = [...before.keys()].filter((app) => !today.has(app));
  const changed = [...today].filter(([app, rule]) => before.get(app) !== rule);
  if (gone.length + changed.length === 0) return;
  if (gone.length > 0)
    await transaction.deleteFrom('access_rules').where('app', 'in', gone).execute();
  for (const [app, rule] of changed) {
    await transaction
      .insertInto('access_rules')
      .values({ app, rule, changed_at: now() })
      .onConflict((conflict) => conflict.column('app').doUpdateSet({ rule, changed_at: now() }))
      .execute();
  }
  await markLiveAccounts(transaction, now());
}

async function findRules(db: Kysely<Database>): Promise<ReadonlyMap<string, AppRule>> {
  const rows = await db.selectFrom('access_rules').selectAll().execute();
  return new Map(
    rows.map(({ app, rule, changed_at: changedAt }) => [
      app,
      { ...(JSON.parse(rule) as AppSettings), changedAt },
    ]),
  );
}

function textOf({ access, roles }: AppSettings): string {
  return JSON.stringify({ access, roles });
}

function sameRules(
  one: ReadonlyMap<string, AppRule>,
  other: ReadonlyMap<string, AppRule>,
): boolean {
  const same = ([app, rule]: [string, AppRule]): boolean => {
    const found = other.get(app);
    return found !== undefined && textOf(found) === textOf(rule);
  };
  return one.size === other.size && [...one].every(same);
}
