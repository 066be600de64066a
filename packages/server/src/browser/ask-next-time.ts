import type { Family } from '@latchkey/session';
import { type AskCookie, createAskCookie } from '@latchkey/session/parts';

/**
 * After an explicit sign-out the next sign-in in that browser is never silent: a person who is still signed in here, as
 * another or by another sign-in, is asked for a fresh proof before anything is carried to an app. Every proof at the login
 * host clears it (`sessions.ts`).
 */
export function createAskNextTime(family: Family): AskCookie {
  return createAskCookie(family.loginHost.cookie, 'login');
}
