import { createFormerCookies, type FormerCookies } from '../cookie/former.ts';
import { type CookieScope, clearCookieLine, setCookieLine } from '../cookie/serialize.ts';
import { maxLifetimeSeconds } from '../option-rules.ts';
import type { SessionId } from '../session-id/session-id.ts';
import type { SessionObject } from '../session-object/session-object.ts';

/** The `Set-Cookie` lines of one scope: of its own cookie and of those before it. */
export class AnswerCookies {
  /** Makes the browser drop the session cookie. */
  readonly clearLine: string;
  /** The same for the session cookie and every former one, for a sign-out. */
  readonly clearLines: readonly string[];
  /** Null where there is nothing before the present cookie. */
  readonly former: FormerCookies | null;
  readonly #cookie: CookieScope;

  constructor(cookie: CookieScope, former: readonly CookieScope[]) {
    this.#cookie = cookie;
    this.former = createFormerCookies(cookie, former);
    this.clearLine = clearCookieLine(cookie);
    this.clearLines = [this.clearLine, ...(this.former?.clearLines ?? [])];
  }

  /** Whether the browser must be told again, with use, how long it keeps the cookie. */
  isRenewed(session: SessionObject): boolean {
    return this.#cookie.expireAfter !== undefined || session.signInRecord?.remembered === true;
  }

  /**
   * Sets the session cookie; the line. After the lines that clear: to some browsers a cookie of the host and one with the
   * host as domain are the same. A remembered sign-in outlives the browser, for as long as it may go unused.
   */
  set(session: SessionObject, id: SessionId): string {
    const line = setCookieLine(this.#cookie, id, cookieSeconds(this.#cookie, session));
    session.stageCookie(this.#cookie.name, line);
    return line;
  }

  /** Clears the session cookie and every former one. */
  clear(session: SessionObject): void {
    session.stageCookie(this.#cookie.name, this.clearLine);
    this.clearFormer(session);
  }

  /** Clears every former cookie, also what this path does not bring. */
  clearFormer(session: SessionObject): void {
    if (this.former !== null) stageAll(session, this.former.clearLines);
  }
}

/** Lines that clear former cookies: several may have one name, so each line stands for itself. */
export function stageAll(session: SessionObject, lines: readonly string[]): void {
  for (const line of lines) session.stageCookie(line, line);
}

/** Seconds that the browser keeps a session's cookie; undefined: until it is closed. */
export function cookieSeconds(cookie: CookieScope, session: SessionObject): number | undefined {
  const signIn = session.signInRecord;
  if (!signIn?.remembered) return cookie.expireAfter;
  return Math.min(signIn.idleSeconds, maxLifetimeSeconds);
}
