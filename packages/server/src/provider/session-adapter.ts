import { createHash } from 'node:crypto';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import type { SignInOverview } from '../sign-in/sign-in-overview.ts';
import type { SignIns } from '../sign-in/sign-ins.ts';
import type { StoredSignIn } from '../sign-in/stored-sign-in.ts';
import { grantIdOf } from './keys.ts';

/** What {@link createSessionAdapter} needs. */
export interface SessionAdapterDeps {
  readonly signIns: Pick<SignIns, 'findLive'>;
  /** What the request under way sees of a sign-in. */
  readonly overviewOf: (signInId: string) => Promise<SignInOverview | null>;
}

/**
 * The provider's session is a view of the sign-in: everything in it is read from SQL, and no cookie of the provider opens it
 * (`create-provider.ts` hands over the sign-in that the login host's own cookie opened). So a session cannot outlive its sign-in,
 * nor be written back by a slow request. The apps that joined are written with the code they get (`record-adapter.ts`), app by
 * app, and only read here: `upsert` never writes over what another tab did.
 */
export function createSessionAdapter({ signIns, overviewOf }: SessionAdapterDeps): Adapter {
  return {
    find: () => Promise.resolve(undefined),
    async findByUid(uid) {
      const overview = await overviewOf(uid);
      return overview === null ? undefined : sessionPayload(overview);
    },
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

/** The provider's session of a sign-in that is live. An app that the account may not enter any more has no part in it. */
export function sessionPayload({ signIn, apps }: SignInOverview): AdapterPayload {
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
      [...apps].flatMap(([app, { sid }]) =>
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
