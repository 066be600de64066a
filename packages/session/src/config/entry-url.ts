import type { FamilyMember } from './family.ts';

/**
 * Where somebody who is signed in in the family enters an app as who they are: its `/sign-in`, which shows them no page. For
 * what has none (`oidc` with another client than `@latchkey/sso`) its home page.
 */
export function entryUrl({ origin, reach, redirectUris }: FamilyMember): string {
  const isOurs = reach === 'oidc' ? redirectUris.includes(`${origin}${callbackPath}`) : true;
  return isOurs ? `${origin}/sign-in` : `${origin}/`;
}

/** Where codes arrive at apps on `@latchkey/sso`. */
export const callbackPath = '/_latchkey/callback';
