import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import type { Database } from '../database/schema.ts';
import type { SignIns, StoredSignIn } from '../sign-in/sign-ins.ts';
import { grantIdOf } from './keys.ts';

/** What the adapters need. */
export interface AdapterDeps {
  readonly db: Kysely<Database>;
  readonly signIns: Pick<SignIns, 'findLive' | 'join' | 'joinedApps'>;
  readonly now: () => number;
}

/** The provider's sessions, and the way for our own pages to hang a cookie off a sign-in. */
export interface SessionAdapter extends Adapter {
  /** Lets a cookie value open a live sign-in. Rejects with `SessionNotFound` when it is not live. */
  bind(cookieValue: string, signInId: string): Promise<void>;
}

/**
 * The provider's session is a view of the sign-in: everything in it is read from SQL, and all that a cookie has is a key,
 * hashed, to its sign-in. So a session cannot outlive its sign-in, nor be written back by a slow request. The apps that
 * joined are written with the code they get (`record-adapter.ts`), app by app, and only read here: `upsert` never
 * writes over what another tab did.
 */
export function createSessionAdapter(deps: AdapterDeps): SessionAdapter {
  const { db, signIns } = deps;

  async function bind(cookieValue: string, signInId: string, accountId?: string): Promise<void> {
    const signIn = await signIns.findLive(signInId);
    if (signIn === null || (accountId !== undefined && accountId !== signIn.accountId)) {
      throw new errors.SessionNotFound('the sign-in has ended');
    }
    const key = hashId(cookieValue);
    const known = await signInOfKey(db, key);
    if (known === signInId) return;
    // The id of another sign-in's cookie: never moved over.
    if (known !== null) throw new errors.SessionNotFound('the session belongs to another sign-in');
    await db
      .insertInto('oidc_session_keys')
      .values({ id_hash: key, sign_in_id: signInId, expires_at: endOf(signIn) })
      .onConflict((conflict) => conflict.column('id_hash').doNothing())
      .execute();
  }

  async function viewOf(signInId: string): Promise<AdapterPayload | undefined> {
    const signIn = await signIns.findLive(signInId);
    return signIn === null ? undefined : buildPayload(signIns, signIn);
  }

  return {
    bind: (cookieValue, signInId) => bind(cookieValue, signInId),
    async find(id) {
      const signInId = await signInOfKey(db, hashId(id));
      const payload = signInId === null ? undefined : await viewOf(signInId);
      return payload && { ...payload, jti: id };
    },
    findByUid: viewOf,
    async upsert(id, payload) {
      if (payload.uid === undefined || payload.accountId === undefined) {
        throw new errors.SessionNotFound('nobody is signed in');
      }
      await bind(id, payload.uid, payload.accountId);
    },
    // Also called at each rotation of the id: it says nothing about the sign-in.
    async destroy(id) {
      await db.deleteFrom('oidc_session_keys').where('id_hash', '=', hashId(id)).execute();
    },
    findByUserCode: () => Promise.resolve(undefined),
    consume: () => Promise.resolve(),
    revokeByGrantId: () => Promise.resolve(),
  };
}

/** What stands in the database for an id of the provider: whoever reads it has no working cookie, code or token. */
export function hashId(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}

async function signInOfKey(db: Kysely<Database>, key: string): Promise<string | null> {
  const row = await db
    .selectFrom('oidc_session_keys')
    .select('sign_in_id')
    .where('id_hash', '=', key)
    .executeTakeFirst();
  return row?.sign_in_id ?? null;
}

async function buildPayload(
  signIns: Pick<SignIns, 'joinedApps'>,
  signIn: StoredSignIn,
): Promise<AdapterPayload> {
  const joined = await signIns.joinedApps(signIn.id);
  return {
    kind: 'Session',
    // Its cookie then goes with the browser, as the login host's own does.
    ...(signIn.remembered ? {} : { transient: true }),
    uid: signIn.id,
    accountId: signIn.accountId,
    loginTs: seconds(signIn.provedAt),
    amr: [...signIn.methods],
    iat: seconds(signIn.createdAt),
    exp: seconds(endOf(signIn)),
    authorizations: Object.fromEntries(
      joined.flatMap(({ app, sid }) =>
        sid === null ? [] : [[app, { sid, grantId: grantIdOf(sid) }]],
      ),
    ),
  };
}

/** When it ends at the latest: milliseconds since 1970. */
function endOf(signIn: StoredSignIn): number {
  return signIn.createdAt + signIn.absoluteSeconds * 1000;
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
