import type { Kysely } from 'kysely';
import { type AdministratorPageDeps, forAdministrators } from '../browser/for-administrators.ts';
import type { Database } from '../database/schema.ts';
import { noticesPage } from '../pages/notices-page.ts';
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
  return forAdministrators(deps, request, noticesPath, async (cookies) => {
    const notices = await undeliveredNotices(deps.db);
    const page = noticesPage({
      refused: await deps.refusedAddresses(),
      silent: [...silentAppsOf(deps.family)],
      notices: notices.map((one) => shown(one, deps.now())),
    });
    return deps.page({ ...page, cookies });
  });
}

function shown({ app, state, count, lastResult, oldest }: UndeliveredNotices, now: number) {
  const isGivenUp = state === 'dead';
  const isOurs = lastResult === 'address-refused';
  const until = new Date(triedUntil(oldest)).toISOString().slice(0, 16).replace('T', ' ');
  return {
    app,
    isGivenUp,
    count,
    lastResult,
    ageMilliseconds: now - oldest,
    triedUntil: isGivenUp || isOurs ? null : `${until} UTC`,
  };
}
