import { entryUrl, type Family, type Platform } from '@latchkey/session';
import type { Kysely } from 'kysely';
import type { Access } from '../access/access.ts';
import type { AccessRequests } from '../access/access-request.ts';
import type { AccessRules } from '../access/access-rules.ts';
import { type Approvers, createApprovers } from '../access/approvers.ts';
import { requestPlaces } from '../access/first-request.ts';
import { createRequests } from '../access/requests.ts';
import type { Database } from '../database/schema.ts';
import type { MailQueue } from '../mail/mail-queue.ts';
import type { AppLink, OtherApp } from '../pages/home-page.ts';
import type { Standing } from '../pages/no-access-page.ts';
import { appTitles } from '../pages/shown-app.ts';
import { noAccessPath } from '../sign-in/no-access-route.ts';
import { standingOf } from './standing.ts';

/** What {@link createApprovals} needs. */
export interface ApprovalsDeps {
  readonly db: Kysely<Database>;
  readonly family: Family;
  readonly platform: Pick<Platform, 'now' | 'randomBytes' | 'onEvent'>;
  readonly mail: MailQueue;
  readonly access: Access;
  readonly rules: AccessRules;
}

/** Asking for apps and deciding on it, as pages need it. */
export interface Approvals {
  readonly requests: AccessRequests;
  readonly approvers: Approvers;
  /** Where somebody stands with an app: in, waiting, turned down, or nothing of these. */
  standingOf(accountId: string, app: string): Promise<Standing>;
  /** The apps that an account may enter, and those that it may ask for; in the order of the config. */
  appsOf(accountId: string): Promise<{
    readonly enterable: readonly AppLink[];
    readonly others: readonly OtherApp[];
  }>;
  /** Titles of the apps that an account waits for. */
  askedApps(accountId: string): Promise<readonly string[]>;
}

export function createApprovals(deps: ApprovalsDeps): Approvals {
  const { db, family, platform, access } = deps;
  const { now, randomBytes, onEvent } = platform;
  const places = requestPlaces(family);
  const requests = createRequests({ ...deps, now, randomBytes, onEvent, ...places });
  const titleOf = appTitles(family);
  return {
    requests,
    approvers: createApprovers({ db, now, onEvent }),
    standingOf: (accountId, app) => standingOf({ family, access, requests, now }, accountId, app),
    appsOf: (accountId) => appsOf({ family, access, requests }, accountId),
    async askedApps(accountId) {
      const asked = [...(await requests.statusOf(accountId)).values()];
      return asked.filter(({ state }) => state === 'waiting').map(({ app }) => titleOf(app));
    },
  };
}

async function appsOf(
  {
    family,
    access,
    requests,
  }: Pick<ApprovalsDeps, 'family' | 'access'> & Pick<Approvals, 'requests'>,
  accountId: string,
): ReturnType<Approvals['appsOf']> {
  const [{ apps }, asked] = await Promise.all([access.of(accountId), requests.statusOf(accountId)]);
  const all = [...family.apps.values()];
  const enterable = all.filter(({ name }) => apps.has(name));
  const others = all.filter(({ name }) => !apps.has(name));
  return {
    enterable: enterable.map((app) => ({ ...app, href: entryUrl(app) })),
    others: others.map((app) => ({
      ...app,
      href: `${noAccessPath}?app=${app.name}`,
      isWaiting: asked.get(app.name)?.state === 'waiting',
    })),
  };
}
