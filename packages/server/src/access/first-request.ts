import { entryUrl, type Family } from '@latchkey/session';
import type { Transaction } from 'kysely';
import type { EmailAddress } from '../accounts/email.ts';
import type { Database } from '../database/schema.ts';
import { approvalsPath } from '../pages/approvals-path.ts';
import { readAccess } from './access-facts.ts';
import type { RequestsDeps } from './access-request.ts';
import { resolveAccess } from './account-access.ts';
import { mailApprovers } from './request-mails.ts';
import { writeRequest } from './write-request.ts';

/** The app that somebody came from who makes an account: asked for with it. */
export interface FirstRequests {
  /** Whether the config opens the app to nobody with this address, once it is confirmed, so that it has to be asked for. */
  isNeeded(address: EmailAddress, app: string): boolean;
  /**
   * Writes the request of an account that this transaction made; false where it may enter the app by now. Whoever decides
   * is told if the account is active, else when it is ({@link FirstRequests.tell}). `reason`: at most 500 characters,
   * which is not checked.
   */
  write(transaction: Transaction<Database>, asking: FirstRequest): Promise<boolean>;
  /** Tells those who decide of what an account asked for while it waited for approval. */
  tell(transaction: Transaction<Database>, accountId: string): Promise<void>;
}

export interface FirstRequest {
  readonly accountId: string;
  readonly app: string;
  readonly reason: string;
  readonly isActive: boolean;
}

/** What first requests need. */
export type FirstRequestsDeps = Pick<
  RequestsDeps,
  'rules' | 'mail' | 'now' | 'randomBytes' | 'appOf' | 'approvalsUrl'
>;

export function createFirstRequests(deps: FirstRequestsDeps): FirstRequests {
  return {
    isNeeded({ key }, app) {
      const facts = { emailKey: key, emailConfirmedAt: 0, decisions: [], memberships: [] };
      return !resolveAccess(facts, deps.rules.current(), deps.now()).apps.has(app);
    },
    async write(transaction, { isActive, ...asking }) {
      const { accountId, app } = asking;
      const moment = { rules: deps.rules.current(), at: deps.now() };
      const access = await readAccess(transaction, [accountId], moment);
      if (access.get(accountId)?.apps.has(app) === true) return false;
      const isNew = await writeRequest(deps, transaction, asking);
      if (isNew && isActive) await mailApprovers(deps, transaction, asking);
      return isNew;
    },
    async tell(transaction, accountId) {
      const waiting = await transaction
        .selectFrom('access_requests')
        .select(['account_id as accountId', 'app', 'reason'])
        .where('account_id', '=', accountId)
        .where('state', '=', 'waiting')
        .orderBy('app')
        .execute();
      for (const asked of waiting) await mailApprovers(deps, transaction, asked);
    },
  };
}

/** How mails of requests call the apps of a family, and where they lead. */
export function requestPlaces(
  family: Pick<Family, 'apps' | 'loginHost'>,
): Pick<RequestsDeps, 'appOf' | 'approvalsUrl'> {
  return {
    appOf(name) {
      const app = family.apps.get(name);
      return app === undefined ? null : { title: app.title, href: entryUrl(app) };
    },
    approvalsUrl: `${family.loginHost.origin}${approvalsPath}`,
  };
}
