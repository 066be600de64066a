import type { Family } from '@latchkey/session';
import { appAt, judgeReturnTo } from '../browser/return-to.ts';

/** From where somebody asked for an account, to lead them on when they have it. */
export interface AskedFrom {
  /** A `return_to` of the login host, with the seal of a request that waits; `''` for none. */
  readonly returnTo: string;
  /** Names the browser that asked (`WaitingRequests.browser`): no other one is led on. Null where it has no name. */
  readonly browser: string | null;
  /** Name of the app that it leads to, or null. It is asked for with the account, in whatever browser that is made. */
  readonly app: string | null;
}

/** Of somebody who came from nowhere in particular. */
export const fromNowhere: AskedFrom = { returnTo: '', browser: null, app: null };

/** Characters of a `return_to` that a link keeps: the rest of its data has to fit beside it. */
const maxReturnTo = 6_000;

/** As a link may keep it: what is too long or leads out of the family is left out. */
export function originOf(
  family: Pick<Family, 'loginHost' | 'apps'>,
  { returnTo, browser }: Omit<AskedFrom, 'app'>,
): AskedFrom {
  const target = judgeReturnTo(family, returnTo);
  const app = target === null ? null : (appAt(family, target.returnTo)?.name ?? null);
  const isKept = target !== null && target.returnTo.length <= maxReturnTo && browser !== null;
  return isKept ? { returnTo: target.returnTo, browser, app } : { ...fromNowhere, app };
}

/** As a link kept it. Judged again: the family may have changed. */
export function readOrigin(family: Pick<Family, 'loginHost' | 'apps'>, kept: unknown): AskedFrom {
  if (typeof kept !== 'object' || kept === null) return fromNowhere;
  const { returnTo, browser, app: name } = kept as Readonly<Record<string, unknown>>;
  const app = typeof name === 'string' && family.apps.has(name) ? name : null;
  if (typeof returnTo !== 'string' || typeof browser !== 'string') return { ...fromNowhere, app };
  return { ...originOf(family, { returnTo, browser }), app };
}
