import type { Kysely } from 'kysely';
import type { Provider } from 'oidc-provider';
import type { Database } from '../database/schema.ts';
import { grantIdOf, sidOf } from './keys.ts';
import type { RequestViews } from './request-view.ts';
import { hashId } from './session-adapter.ts';

/** What {@link createGrantLoader} needs. */
export interface GrantLoaderDeps {
  readonly db: Kysely<Database>;
  readonly sidKey: Buffer;
  readonly views: Pick<RequestViews, 'of'>;
  /** All that an app of the family may ask for: nobody is asked for consent. */
  readonly scopes: readonly string[];
}

type GrantLoader = NonNullable<
  NonNullable<ConstructorParameters<typeof Provider>[1]>['loadExistingGrant']
>;

/**
 * Grants without a consent page: an app of the family gets every scope it asks for, once the account may enter it. `sid` and
 * grant id follow from sign-in and app, so tabs that open the app at once share one of each.
 */
export function createGrantLoader(deps: GrantLoaderDeps): GrantLoader {
  return async (ctx) => {
    const { account, client, provider, session } = ctx.oidc;
    if (account === undefined || client === undefined || session === undefined) return undefined;
    const app = client.clientId;
    const entry = (await deps.views.of(ctx.req, session.uid))?.apps.get(app);
    // The policy refuses; what must not be is a grant for an app that the account may not enter.
    if (entry === undefined) return undefined;
    // The one that the app joined by, if it did: it stays while family secrets change.
    const { decidedAt } = entry;
    const sid = entry.sid ?? sidOf(deps.sidKey, { signInId: session.uid, app, decidedAt });
    const grantId = grantIdOf(sid);
    session.sidFor(app, sid);
    const known = await provider.Grant.find(grantId);
    if (known !== undefined && known.accountId === account.accountId) return known;
    const grant = new provider.Grant({ accountId: account.accountId, clientId: app });
    grant.jti = grantId;
    grant.addOIDCScope([...deps.scopes]);
    await grant.save();
    // So it goes when the sign-in ends.
    await deps.db
      .updateTable('oidc_records')
      .set({ sign_in_id: session.uid })
      .where('kind', '=', 'Grant')
      .where('id_hash', '=', hashId(grantId))
      .execute();
    return grant;
  };
}
