import { createHmac } from 'node:crypto';
import type { Family } from '@latchkey/session';
import {
  clearCookieLine,
  equalSecrets,
  hostCookie,
  readCookieValues,
  setCookieLine,
} from '@latchkey/session/parts';
import { createSealKeys } from '../family-keys.ts';

/** What a sign-out in this browser was about, for the page after it. */
export interface SignOutOutcome {
  /** The sign-in that it ended; whether it did is looked up. Null where there was none. */
  readonly signInId: string | null;
  /** Where a relying party asked to be led back to, checked; null where the page stays. */
  readonly next: string | null;
}

/**
 * Carries the outcome of a sign-out to a page whose address is clean. Host-only, and sealed: by it the page ends the account's
 * other sign-ins, so knowing the id of a sign-in must not be enough to make one, and a copy is good as long as the cookie.
 */
export interface OutcomeCookie {
  line(outcome: SignOutOutcome): string;
  read(request: Request): SignOutOutcome | null;
  readonly clearLine: string;
}

/** Seconds in which a page that is loaded again says the same. */
const outcomeSeconds = 600;
/** Milliseconds that the clocks of several login hosts may differ. */
const skewMilliseconds = 5_000;
/** With a longer one in it an answer would have more headers than proxies take (3,500 bytes). */
export const maxNextLength = 1_500;

export function createOutcomeCookie(family: Family, now: () => number): OutcomeCookie {
  const scope = hostCookie(family.loginHost.cookie, 'latchkey_signed_out');
  const keys = createSealKeys(family, 'sign-out outcome');
  return {
    line({ signInId, next }) {
      const carried = next !== null && next.length <= maxNextLength ? next : null;
      const text = JSON.stringify({ signInId, next: carried, at: now() });
      const [key] = keys;
      if (key === undefined) throw new Error('The login host has at least one secret.');
      const payload = Buffer.from(text).toString('base64url');
      return setCookieLine(scope, `${payload}.${macOf(key, payload)}`, outcomeSeconds);
    },
    read(request) {
      const header = request.headers.get('cookie') ?? '';
      const value = readCookieValues(header, scope.name, 1)[0] ?? '';
      const dot = value.lastIndexOf('.');
      const payload = value.slice(0, Math.max(dot, 0));
      const isOurs = keys.some((key) => equalSecrets(value.slice(dot + 1), macOf(key, payload)));
      return isOurs ? parse(payload, now()) : null;
    },
    clearLine: clearCookieLine(scope),
  };
}

function macOf(key: Buffer, payload: string): string {
  return createHmac('sha256', key).update(payload).digest('base64url');
}

function parse(value: string, now: number): SignOutOutcome | null {
  try {
    const text = Buffer.from(value, 'base64url').toString();
    const { signInId, next, at } = JSON.parse(text) as Record<string, unknown>;
    const ageMilliseconds = typeof at === 'number' ? now - at : Number.NaN;
    if (!(ageMilliseconds >= -skewMilliseconds && ageMilliseconds < outcomeSeconds * 1000))
      return null;
    const isUrl = typeof next === 'string' && /^https?:$/.test(new URL(next).protocol);
    return { signInId: typeof signInId === 'string' ? signInId : null, next: isUrl ? next : null };
  } catch {
    return null;
  }
}
