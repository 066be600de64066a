import type { Kysely, Transaction } from 'kysely';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { lockSignIn } from '../database/live-sign-ins.ts';
import { locked } from '../database/row-locks.ts';
import type { Database } from '../database/schema.ts';
import type { OidcRecordTable } from '../database/tables/provider.ts';
import { liveSignIns } from '../sign-in/live-sign-ins.ts';
import type { SignInOverview } from '../sign-in/sign-in-overview.ts';
import type { SignIns } from '../sign-in/sign-ins.ts';
import { hashId } from './session-adapter.ts';

/** What {@link createRecordAdapter} needs. */
export interface RecordAdapterDeps {
  readonly db: Kysely<Database>;
  readonly signIns: Pick<SignIns, 'joinIn' | 'overviewIn'>;
  /** What the request under way sees of a sign-in. */
  readonly overviewOf: (signInId: string) => Promise<SignInOverview | null>;
  readonly now: () => number;
}

interface Write {
  readonly id: string;
  readonly payload: AdapterPayload;
  readonly expiresAt: number | null;
}

/**
 * What the provider keeps beside sessions: codes, tokens, grants, pushed requests. Ids are stored hashed
 * and taken out of the payload. A code or token is written only under a live sign-in, in one transaction with the app's
 * joining; it is used up by one atomic write.
 */
export function createRecordAdapter(deps: RecordAdapterDeps, kind: string): Adapter {
  const { db } = deps;
  return {
    async upsert(id, payload, expiresIn) {
      const expiresAt = expiresIn ? deps.now() + expiresIn * 1000 : null;
      const write = { id, payload, expiresAt };
      if (kind === 'AuthorizationCode') return storeCode(deps, write);
      if (kind === 'AccessToken') return storeToken(deps, write);
      return putRecord(db, kind, write);
    },
    find: (id) => findRecord(deps, kind, id),
    consume: (id) => consume(deps, kind, id),
    async destroy(id) {
      if (kind === 'Grant') return destroyGrant(db, id);
      await db
        .deleteFrom('oidc_records')
        .where('kind', '=', kind)
        .where('id_hash', '=', hashId(id))
        .execute();
    },
    async revokeByGrantId(grantId) {
      await db
        .deleteFrom('oidc_records')
        .where('kind', '=', kind)
        .where('grant_id', '=', grantId)
        .execute();
    },
    findByUid: () => Promise.resolve(undefined),
    findByUserCode: () => Promise.resolve(undefined),
  };
}

/** The app joins before the code is there, and neither happens where the sign-in ended: no code without a notice due. */
async function storeCode(deps: RecordAdapterDeps, write: Write): Promise<void> {
  const { sessionUid, clientId, sid } = write.payload;
  if (sessionUid === undefined || clientId === undefined || sid === undefined) {
    throw new errors.SessionNotFound('nobody is signed in');
  }
  await deps.db.transaction().execute(async (transaction) => {
    // Asked again whatever the request saw before: account, limits and access as they are under the lock.
    const app = { signInId: sessionUid, app: clientId, reach: 'oidc', sid } as const;
    const joining = await deps.signIns.joinIn(transaction, app);
    if (joining.result === 'no-access') {
      throw new errors.AccessDenied('the account may not enter this app');
    }
    if (joining.result === 'ended') throw new errors.SessionNotFound('the sign-in has ended');
    // Differs only while a secret is being changed: another login host made its sid from the other secret just now.
    if (joining.sid !== sid) throw new errors.SessionNotFound('the app joined by another sid');
    await putRecord(transaction, 'AuthorizationCode', write);
  });
}

/**
 * Limits, account and access are asked again under the lock, by the statement that writes: access is as the request saw it, or
 * else it is read again. Where the grant was revoked meanwhile (the code was brought twice at once) nothing is stored: the token
 * is worth nothing from the start, also when the app's next sign-on makes the grant again.
 */
async function storeToken(deps: RecordAdapterDeps, write: Write): Promise<void> {
  const { sessionUid, clientId, grantId } = write.payload;
  if (sessionUid === undefined || clientId === undefined || grantId === undefined) {
    throw new errors.InvalidGrant('nobody is signed in');
  }
  const seen = await deps.overviewOf(sessionUid);
  await deps.db.transaction().execute(async (transaction) => {
    if (!(await lockSignIn(transaction, sessionUid))) {
      throw new errors.InvalidGrant('the sign-in has ended');
    }
    const at = deps.now();
    if (seen !== null && (await insertToken(transaction, { write, overview: seen, at }))) return;
    const found = await deps.signIns.overviewIn(transaction, sessionUid);
    if (found?.apps.has(clientId) !== true) {
      throw new errors.InvalidGrant('the sign-in has ended, or the account may not enter this app');
    }
    await insertToken(transaction, { write, overview: found, at });
  });
}

/** False where the sign-in ended, access changed since it was read, the account may not enter or the grant is gone. */
async function insertToken(
  transaction: Transaction<Database>,
  token: { readonly write: Write; readonly overview: SignInOverview; readonly at: number },
): Promise<boolean> {
  const { write, overview, at } = token;
  const { clientId = '', grantId = '' } = write.payload;
  const access = overview.apps.get(clientId);
  if (access === undefined || (access.until !== null && access.until <= at)) return false;
  const row = rowOf('AccessToken', write);
  const columns = Object.keys(row) as (keyof OidcRecordTable)[];
  const underGrant = liveSignIns(transaction, at)
    .leftJoin('access_changes', 'access_changes.account_id', 'sign_ins.account_id')
    .innerJoin('oidc_records', (join) =>
      join.on('oidc_records.kind', '=', 'Grant').on('oidc_records.id_hash', '=', hashId(grantId)),
    )
    .where('sign_ins.id', '=', overview.signIn.id)
    .where((eb) =>
      eb(eb.fn.coalesce('access_changes.changed_at', eb.lit(0)), '=', overview.accessChangedAt),
    )
    .select((eb) =>
      columns.map((column) => eb.cast(eb.val(row[column]), typeOf(column)).as(column)),
    );
  const { numInsertedOrUpdatedRows: written = 0n } = await transaction
    .insertInto('oidc_records')
    .columns(columns)
    .expression(underGrant)
    .executeTakeFirstOrThrow();
  return written > 0n;
}

/** Values that a query selects have no type of their own in Postgres. */
function typeOf(column: keyof OidcRecordTable): 'bigint' | 'text' {
  return column === 'consumed_at' || column === 'expires_at' ? 'bigint' : 'text';
}

async function putRecord(db: Kysely<Database>, kind: string, write: Write): Promise<void> {
  const row = rowOf(kind, write);
  const { kind: _kind, id_hash: _hash, consumed_at: _consumed, ...values } = row;
  await db
    .insertInto('oidc_records')
    .values(row)
    .onConflict((conflict) => conflict.columns(['kind', 'id_hash']).doUpdateSet(values))
    .execute();
}

function rowOf(kind: string, { id, payload, expiresAt }: Write): OidcRecordTable {
  return {
    kind,
    id_hash: hashId(id),
    consumed_at: null,
    payload: JSON.stringify(withoutId(payload)),
    grant_id: payload.grantId ?? null,
    user_code: payload.userCode ?? null,
    uid: payload.uid ?? null,
    sign_in_id: payload.sessionUid ?? null,
    expires_at: expiresAt,
  };
}

/** Less what would open something: the record's own id. */
function withoutId({ jti: _jti, ...rest }: AdapterPayload): object {
  return rest;
}

async function findRecord(
  deps: RecordAdapterDeps,
  kind: string,
  id: string,
): Promise<AdapterPayload | undefined> {
  const row = await deps.db
    .selectFrom('oidc_records')
    .select(['payload', 'consumed_at', 'expires_at'])
    .where('kind', '=', kind)
    .where('id_hash', '=', hashId(id))
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (row.expires_at !== null && row.expires_at <= deps.now()) return undefined;
  const payload = JSON.parse(row.payload) as AdapterPayload;
  return {
    ...payload,
    jti: id,
    ...(row.consumed_at === null ? {} : { consumed: Math.floor(row.consumed_at / 1000) }),
  };
}

/**
 * Exactly one of any number of parallel calls comes through; the others are refused, and what the first one got from its
 * code is revoked (RFC 9700, 4.5): nobody can tell which of them was the thief.
 */
async function consume(deps: RecordAdapterDeps, kind: string, id: string): Promise<void> {
  const { db } = deps;
  const won = await db
    .updateTable('oidc_records')
    .set({ consumed_at: deps.now() })
    .where('kind', '=', kind)
    .where('id_hash', '=', hashId(id))
    .where('consumed_at', 'is', null)
    .executeTakeFirst();
  if (won.numUpdatedRows > 0n) return;
  if (kind !== 'AuthorizationCode') throw new errors.InvalidRequest('already used');
  const row = await db
    .selectFrom('oidc_records')
    .select('grant_id')
    .where('kind', '=', kind)
    .where('id_hash', '=', hashId(id))
    .executeTakeFirst();
  if (row?.grant_id) await destroyGrant(db, row.grant_id);
  throw new errors.InvalidGrant('authorization code already consumed');
}

/**
 * A grant goes together with everything that belongs to it. Under the lock of its sign-in, so that a token of it is either
 * written before, and goes too, or finds no grant.
 */
async function destroyGrant(db: Kysely<Database>, grantId: string): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const signIns = transaction
      .selectFrom('sign_ins')
      .select('id')
      .where('id', 'in', (eb) =>
        eb.selectFrom('oidc_records').select('sign_in_id').where('grant_id', '=', grantId),
      )
      .orderBy('id');
    await locked(transaction, signIns).execute();
    await transaction
      .deleteFrom('oidc_records')
      .where('kind', '=', 'Grant')
      .where('id_hash', '=', hashId(grantId))
      .execute();
    await transaction.deleteFrom('oidc_records').where('grant_id', '=', grantId).execute();
  });
}
