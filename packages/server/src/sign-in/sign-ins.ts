import type { Kysely, Transaction } from 'kysely';
import type { AccessMoment } from '../access/access-facts.ts';
import type { AccessRules } from '../access/access-rules.ts';
import { lockSignIn } from '../database/live-sign-ins.ts';
import type { Database } from '../database/schema.ts';
import type { JoinedAppTable } from '../database/tables/sign-ins.ts';
import { liveSignIns } from './live-sign-ins.ts';
import { readOverview, type SignInOverview } from './sign-in-overview.ts';
import { fromRow, type StoredSignIn, toRow, toSignIn } from './stored-sign-in.ts';

/**
 * `ended`: the sign-in is not live. `no-access`: the account may not enter the app (any more). In both cases nothing
 * was written and no code or token may leave.
 */
export type JoinResult = 'joined' | 'ended' | 'no-access';

/** A join, and the `sid` by which the app knows the sign-in: an earlier one stays. */
export interface Joining {
  readonly result: JoinResult;
  readonly sid: string | null;
}

/** An app that takes part in a sign-in. */
export type AppJoining = { readonly signInId: string } & Readonly<
  Pick<JoinedAppTable, 'app' | 'reach' | 'sid'>
>;

/**
 * Rows of sign-ins and of the apps that joined them. Live means: not ended, younger than its absolute limit, and its
 * account active. Idleness is counted in the session store alone; the reconciler brings it here.
 */
export interface SignIns {
  /** Writes a new sign-in, in the transaction that found the account active. */
  insert(transaction: Transaction<Database>, signIn: StoredSignIn): Promise<void>;
  findLive(id: string): Promise<StoredSignIn | null>;
  /** The live sign-ins of an account, newest first. */
  listLive(accountId: string): Promise<readonly StoredSignIn[]>;
  /**
   * Notes that an app takes part, before the code or token leaves: from then on it gets its notice. One transaction
   * that finds the sign-in live and the access granted. May be repeated; a later `sid` fills in one that was missing.
   */
  join(joining: AppJoining): Promise<JoinResult>;
  /** The same in a transaction of the caller's, which has the sign-in locked from then on; also gives the `sid` that the app has from now on. */
  joinIn(transaction: Transaction<Database>, joining: AppJoining): Promise<Joining>;
  /** A live sign-in and where it may go, as a transaction sees it. */
  overviewIn(db: Kysely<Database>, signInId: string): Promise<SignInOverview | null>;
  /** The sign-in in which this app knows that `sid`, ended or not. */
  findBySid(app: string, sid: string): Promise<StoredSignIn | null>;
}

export interface SignInsDeps {
  readonly db: Kysely<Database>;
  readonly now: () => number;
  readonly rules: AccessRules;
}

export function createSignIns(deps: SignInsDeps): SignIns {
  const { db } = deps;
  const live = () => liveSignIns(db, deps.now()).selectAll('sign_ins');
  const moment = (): AccessMoment => ({ rules: deps.rules.current(), at: deps.now() });
  return {
    async insert(transaction, signIn) {
      await transaction.insertInto('sign_ins').values(toRow(signIn)).execute();
    },
    findLive: async (id) => fromRow(await live().where('sign_ins.id', '=', id).executeTakeFirst()),
    async listLive(accountId) {
      const rows = await live()
        .where('sign_ins.account_id', '=', accountId)
        .orderBy('sign_ins.created_at', 'desc')
        .execute();
      return rows.map(toSignIn);
    },
    join: (joining) =>
      db
        .transaction()
        .execute(async (transaction) => (await join(transaction, joining, moment())).result),
    joinIn: (transaction, joining) => join(transaction, joining, moment()),
    overviewIn: (within, signInId) => readOverview(within, signInId, moment()),
    async findBySid(app, sid) {
      const row = await db
        .selectFrom('sign_ins')
        .innerJoin('joined_apps', 'joined_apps.sign_in_id', 'sign_ins.id')
        .selectAll('sign_ins')
        .where('joined_apps.sid', '=', sid)
        .where('joined_apps.app', '=', app)
        .executeTakeFirst();
      return fromRow(row);
    },
  };
}

async function join(
  transaction: Transaction<Database>,
  { signInId, app, reach, sid }: AppJoining,
  moment: AccessMoment,
): Promise<Joining> {
  // What ends it or withdraws the app then waits, and finds the row; or came first, and is seen here.
  if (!(await lockSignIn(transaction, signInId))) return { result: 'ended', sid: null };
  const found = await readOverview(transaction, signInId, moment);
  if (found === null) return { result: 'ended', sid: null };
  if (!found.apps.has(app)) return { result: 'no-access', sid: null };
  const row = await transaction
    .insertInto('joined_apps')
    .values({ sign_in_id: signInId, app, reach, sid, joined_at: moment.at })
    .onConflict((conflict) =>
      conflict.columns(['sign_in_id', 'app']).doUpdateSet((eb) => ({
        reach,
        sid: eb.fn.coalesce('joined_apps.sid', 'excluded.sid'),
      })),
    )
    .returning('sid')
    .executeTakeFirstOrThrow();
  return { result: 'joined', sid: row.sid };
}
