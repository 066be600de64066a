import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import type { Database } from '../database/schema.ts';
import type { JoinedApp, SignIns, StoredSignIn } from '../sign-in/sign-ins.ts';
import { grantIdOf } from './keys.ts';

/** What the adapters need. */
export interface AdapterDeps {
  readonly db: Kysely<Database>;
  readonly signIns: Pick<SignIns, 'findLive' | 'joinIn' | 'joinedApps'>;
  readonly now: () => number;
}

/** The provider's sessions: nothing is stored of them. */
export interface SessionAdapter extends Adapter {
  /** The session of a live sign-in, or undefined. */
  viewOf(signInId: string): Promise<AdapterPayload | undefined>;
}

/**
 * The provider's session is a view of the sign-in: everything in it is read from SQL, and no cookie of the provider opens it
 * (`create-provider.ts` hands over the sign-in that the login host's own cookie opened). So a session cannot outlive its sign-in,
 * nor be written back by a slow request. The apps that joined are written with the code they get (`record-adapter.ts`), app by
 * app, and only read here: `upsert` never writes over what another tab did.
 */
export function createSessionAdapter({ signIns }: AdapterDeps): SessionAdapter {
  async function viewOf(signInId: string): Promise<AdapterPayload | undefined> {
    const signIn = await signIns.findLive(signInId);
    return signIn === null
      ? undefined
      : sessionPayload(signIn, await signIns.joinedApps(signIn.id));
  }
  return {
    viewOf,
    find: () => Promise.resolve(undefined),
    findByUid: viewOf,
    async upsert(_id, { uid, accountId }) {
      const signIn = uid === undefined ? null : await signIns.findLive(uid);
      if (signIn === null || signIn.accountId !== accountId) {
        throw new errors.SessionNotFound('the sign-in has ended');
      }
    },
    destroy: () => Promise.resolve(),
    findByUserCode: () => Promise.resolve(undefined),
    consume: () => Promise.resolve(),
    revokeByGrantId: () => Promise.resolve(),
  };
}

/** What stands in the database for an id of the provider: whoever reads it has no working cookie, code or token. */
export function hashId(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}

/** The provider's session of a sign-in that is live. */
export function sessionPayload(signIn: StoredSignIn, joined: readonly JoinedApp[]): AdapterPayload {
  return {
    kind: 'Session',
    jti: signIn.id,
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
