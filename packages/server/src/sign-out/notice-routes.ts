import type { Kysely } from 'kysely';
import { type AdministratorPageDeps, forAdministrators } from '../browser/for-administrators.ts';
import type { Database } from '../database/schema.ts';
import { noticesPage } from '../pages/notices-page.ts';
import { appTitles } from '../pages/shown-app.ts';
import type { RefusedAddress } from './refused-addresses.ts';
import { triedUntil } from './retry-schedule.ts';
import { silentAppsOf } from './silent-apps.ts';
import { type UndeliveredNotices, undeliveredNotices } from './undelivered.ts';

/** What the page of logout notices needs. */
export interface NoticeRoutesDeps extends AdministratorPageDeps {
  readonly db: Kysely<Database>;
  readonly refusedAddresses: () => Promise<readonly RefusedAddress[]>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export const noticesPath = '/notices';

/** `GET /notices`: which apps have not acknowledged a sign-out, for administrators alone. */
export function showNotices(deps: NoticeRoutesDeps, request: Request): Promise<Response> {
  return forAdministrators(deps, { request, path: noticesPath }, async (cookies) => {
    const notices = await undeliveredNotices(deps.db);
    const titleOf = appTitles(deps.family);
    const refused = await deps.refusedAddresses();
    const page = noticesPage({
      refused: refused.map(({ app, host }) => ({ app: titleOf(app), host })),
      silent: [...silentAppsOf(deps.family)].map(titleOf),
      notices: notices.map((one) => ({ ...shown(one, deps.now()), app: titleOf(one.app) })),
    });
    return deps.page({ ...page, cookies });
  });
}

function shown({ state, count, lastResult, oldest }: UndeliveredNotices, now: number) {
  const isGivenUp = state === 'dead';
  const isOurs = lastResult === 'address-refused';
  return {
    isGivenUp,
    count,
    lastResult,
    ageMilliseconds: now - oldest,
    triedUntil: isGivenUp || isOurs ? null : triedUntil(oldest),
  };
}
