import type { EndCause, Slot } from '@latchkey/session/parts';
import type { Kysely, Transaction } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { JoinedAppTable, SignInTable } from '../database/tables/sign-ins.ts';
import { granted, liveSignIns } from './live-sign-ins.ts';

/** A sign-in as SQL knows it: the truth about whether it ended. */
export interface StoredSignIn {
  /** UUID. */
  readonly id: string;
  readonly slot: Slot;
  readonly accountId: string;
  /** RFC 8176 names. */
  readonly methods: readonly string[];
  readonly provedAt: number;
  /** A few words for the person's list of devices. */
  readonly device: string;
  /** The client's address, or `''`. */
  readonly place: string;
  /** Whether the person asked to be kept signed in. */
  readonly remembered: boolean;
  readonly createdAt: number;
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  /** Null while it lives. */
  readonly endedAt: number | null;
  readonly endCause: EndCause | null;
}

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
  join(
    signInId: string,
    app: string,
    reach: JoinedAppTable['reach'],
    sid: string | null,
  ): Promise<JoinResult>;
  /** The same in a transaction of the caller's; also gives the `sid` that the app has from now on. */
  joinIn(
    transaction: Transaction<Database>,
    signInId: string,
    app: string,
    reach: JoinedAppTable['reach'],
    sid: string | null,
  ): Promise<Joining>;
  /** The sign-in in which this app knows that `sid`, ended or not. */
  findBySid(app: string, sid: string): Promise<StoredSignIn | null>;
}

export interface SignInsDeps {
  readonly db: Kysely<Database>;
  readonly now: () => number;
}

export function createSignIns(deps: SignInsDeps): SignIns {
  const { db } = deps;
  const live = () => liveSignIns(db, deps.now()).selectAll('sign_ins');
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
    join: (signInId, app, reach, sid) =>
      db.transaction().execute(async (transaction) => {
        const joining = { signInId, app, reach, sid, at: deps.now() };
        return (await join(transaction, joining)).result;
      }),
    joinIn: (transaction, signInId, app, reach, sid) =>
      join(transaction, { signInId, app, reach, sid, at: deps.now() }),
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
  joining: {
    readonly signInId: string;
    readonly app: string;
    readonly reach: JoinedAppTable['reach'];
    readonly sid: string | null;
    readonly at: number;
  },
): Promise<Joining> {
  const { signInId, app, reach, sid, at } = joining;
  const found = await liveSignIns(transaction, at)
    .leftJoin('access', (on) => granted(on, at).on('access.app', '=', app))
    .select('access.app')
    .where('sign_ins.id', '=', signInId)
    .executeTakeFirst();
  if (found === undefined) return { result: 'ended', sid: null };
  if (found.app === null) return { result: 'no-access', sid: null };
  const row = await transaction
    .insertInto('joined_apps')
    .values({ sign_in_id: signInId, app, reach, sid, joined_at: at })
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

function toRow(signIn: StoredSignIn): SignInTable {
  return {
    id: signIn.id,
    slot: signIn.slot,
    account_id: signIn.accountId,
    methods: JSON.stringify(signIn.methods),
    proved_at: signIn.provedAt,
    device: signIn.device,
    place: signIn.place,
    remembered: signIn.remembered ? 1 : 0,
    created_at: signIn.createdAt,
    idle_seconds: signIn.idleSeconds,
    absolute_seconds: signIn.absoluteSeconds,
    ended_at: signIn.endedAt,
    end_cause: signIn.endCause,
    enforced_at: null,
    forget_at: null,
  };
}

function fromRow(row: SignInTable | undefined): StoredSignIn | null {
  return row === undefined ? null : toSignIn(row);
}

export function toSignIn(row: SignInTable): StoredSignIn {
  return {
    id: row.id,
    slot: row.slot as Slot,
    accountId: row.account_id,
    methods: JSON.parse(row.methods) as readonly string[],
    provedAt: row.proved_at,
    device: row.device,
    place: row.place,
    remembered: row.remembered === 1,
    createdAt: row.created_at,
    idleSeconds: row.idle_seconds,
    absoluteSeconds: row.absolute_seconds,
    endedAt: row.ended_at,
    endCause: row.end_cause,
  };
}
