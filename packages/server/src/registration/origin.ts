import type { Family } from '@latchkey/session';
import { judgeReturnTo } from '../browser/return-to.ts';

/** From where somebody asked for an account, to lead them on when they have it. */
export interface AskedFrom {
  /** A `return_to` of the login host, with the seal of a request that waits; `''` for none. */
  readonly returnTo: string;
  /** Names the browser that asked (`WaitingRequests.browser`): no other one is led on. Null where it has no name. */
  readonly browser: string | null;
}

/** Of somebody who came from nowhere in particular. */
export const fromNowhere: AskedFrom = { returnTo: '', browser: null };

/** Characters of a `return_to` that a link keeps: the rest of its data has to fit beside it. */
const maxReturnTo = 6_000;

/** As a link may keep it: what is too long or leads out of the family is left out. */
export function originOf(
  family: Pick<Family, 'loginHost' | 'apps'>,
  { returnTo, browser }: AskedFrom,
): AskedFrom {
  const target = judgeReturnTo(family, returnTo);
  const isKept = target !== null && target.returnTo.length <= maxReturnTo && browser !== null;
  return isKept ? { returnTo: target.returnTo, browser } : fromNowhere;
}

/** As a link kept it. Judged again: the family may have changed. */
export function readOrigin(family: Pick<Family, 'loginHost' | 'apps'>, kept: unknown): AskedFrom {
  if (typeof kept !== 'object' || kept === null) return fromNowhere;
  const { returnTo, browser } = kept as Readonly<Record<string, unknown>>;
  if (typeof returnTo !== 'string' || typeof browser !== 'string') return fromNowhere;
  return originOf(family, { returnTo, browser });
}
