import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import {
  type AccessMoment,
  accessFromRows,
  type FactRow,
  factColumns,
  selectFacts,
} from '../access/access-facts.ts';
import type { AccountAccess } from '../access/account-access.ts';
import type { StoredAccount } from '../accounts/accounts.ts';
import type { Database } from '../database/schema.ts';
import { liveSignIns } from './live-sign-ins.ts';
import { type StoredSignIn, toSignIn } from './stored-sign-in.ts';

/** A live sign-in, whose it is, and where it may go. */
export interface SignInOverview {
  readonly signIn: StoredSignIn;
  readonly account: Pick<StoredAccount, 'id' | 'email' | 'name'>;
  /** Whether it was shown that the address is the account's. */
  readonly isEmailConfirmed: boolean;
  /** By name, the apps that the account may enter. */
  readonly apps: ReadonlyMap<string, EnterableApp>;
  /** The groups that the account is in. */
  readonly groups: AccountAccess['groups'];
  /** When what the account may enter changed last, 0 where it never did: another one means that this is of before. */
  readonly accessChangedAt: number;
}

export interface EnterableApp {
  /** Until when, or null. */
  readonly until: number | null;
  readonly roles: readonly string[];
  /** When the account's access to it was last decided on. */
  readonly decidedAt: number;
  /** By which it knows this sign-in as a relying party, else null. */
  readonly sid: string | null;
}

/** Reads all of it at once: one statement. Null where the sign-in is not live. */
export async function readOverview(
  db: Kysely<Database>,
  signInId: string,
  moment: AccessMoment,
): Promise<SignInOverview | null> {
  const account = db
    .selectFrom('sign_ins')
    .select('account_id')
    .where('id', '=', signInId)
    .$asScalar();
  const facts = selectFacts(db, account).unionAll(selectJoined(db, signInId));
  const rows = await liveSignIns(db, moment.at)
    .leftJoin(facts.as('facts'), (join) => join.onTrue())
    .leftJoin('access_changes', 'access_changes.account_id', 'sign_ins.account_id')
    .selectAll('sign_ins')
    .select([
      'accounts.email',
      'accounts.name',
      'accounts.email_key',
      'accounts.email_confirmed_at',
    ])
    .select(factColumns)
    .select('access_changes.changed_at')
    .where('sign_ins.id', '=', signInId)
    .execute();
  const [first] = rows;
  if (first === undefined) return null;
  const { apps, groups } = accessFromRows(rows, moment);
  const joined = rows.filter(({ kind }) => kind === 'joined');
  const sids = new Map(joined.map(({ app, label }) => [app, label]));
  return {
    signIn: toSignIn(first),
    account: { id: first.account_id, email: first.email, name: first.name },
    isEmailConfirmed: first.email_confirmed_at !== null,
    apps: new Map(
      [...apps].map(([app, access]) => [app, { ...access, sid: sids.get(app) ?? null }]),
    ),
    groups,
    accessChangedAt: first.changed_at ?? 0,
  };
}

/** The apps that joined the sign-in, as facts of their own kind. */
function selectJoined(
  db: Kysely<Database>,
  signInId: string,
): SelectQueryBuilder<Database, 'joined_apps', FactRow> {
  return db
    .selectFrom('joined_apps')
    .select([
      sql.lit('').as('account_id'),
      sql.lit('joined').as('kind'),
      'joined_apps.app',
      sql.lit('granted').as('state'),
      sql<number | null>`cast(null as bigint)`.as('until'),
      sql<string | null>`cast(null as text)`.as('role'),
      'joined_apps.joined_at as decided_at',
      'joined_apps.sid as label',
    ])
    .where('joined_apps.sign_in_id', '=', signInId)
    .$castTo<FactRow>();
}
