import {
  type CookieScope,
  clearCookieLine,
  type Family,
  readCookieValues,
  setCookieLine,
} from '@latchkey/session';

/** What a sign-out in this browser was about, for the page after it. */
export interface SignOutOutcome {
  /** The sign-in that it ended; whether it did is looked up. Null where there was none. */
  readonly signInId: string | null;
  /** Where a relying party asked to be led back to, checked; null where the page stays. */
  readonly next: string | null;
}

/**
 * Carries the outcome of a sign-out to a page whose address is clean. Host-only: nobody else can set it; of no power, it only
 * says what to tell.
 */
export interface OutcomeCookie {
  line(outcome: SignOutOutcome): string;
  read(request: Request): SignOutOutcome | null;
  readonly clearLine: string;
}

/** Seconds in which a page that is loaded again says the same. */
const outcomeSeconds = 600;
/** Browsers drop a cookie beyond 4,096 bytes; then the page stays and says what happened. */
const maxNextLength = 2_800;

export function createOutcomeCookie(family: Family): OutcomeCookie {
  const { secure } = family.loginHost.cookie;
  const scope: CookieScope = {
    name: `${secure ? '__Host-' : ''}latchkey_signed_out`,
    ...{ domain: null, secure, sameSite: 'lax' },
  };
  return {
    line({ signInId, next }) {
      const carried = next !== null && next.length <= maxNextLength ? next : null;
      const text = JSON.stringify({ signInId, next: carried });
      return setCookieLine(scope, Buffer.from(text).toString('base64url'), outcomeSeconds);
    },
    read(request) {
      const header = request.headers.get('cookie') ?? '';
      return parse(readCookieValues(header, scope.name, 1)[0] ?? '');
    },
    clearLine: clearCookieLine(scope),
  };
}

function parse(value: string): SignOutOutcome | null {
  try {
    const text = Buffer.from(value, 'base64url').toString();
    const { signInId, next } = JSON.parse(text) as Record<keyof SignOutOutcome, unknown>;
    const isUrl = typeof next === 'string' && /^https?:$/.test(new URL(next).protocol);
    return { signInId: typeof signInId === 'string' ? signInId : null, next: isUrl ? next : null };
  } catch {
    return null;
  }
}
