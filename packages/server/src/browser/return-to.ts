import type { Family, FamilyMember } from '@latchkey/session';
import { parseReturnPath } from '@latchkey/session/parts';

/** Where a `return_to` leads, judged. */
export interface Destination {
  /** The `return_to` in the one form that is judged the same again. */
  readonly returnTo: string;
  /** Absolute: where the browser goes. */
  readonly href: string;
  /** Whether that is a page of the login host that shows something, and leads nowhere by itself. */
  readonly isOwnPage: boolean;
}

/** Paths of the login host that lead on to apps. */
const leadingOn = ['/handshake', '/oidc/authorize', '/sign-in', '/onward'];
/** Characters that a request which waits in a form may have: what a proxy takes as a request line by default. */
const maxWaiting = 8_000;
/** Characters of an app's page that a hop can carry (`parseReturnPath`). */
const maxAppPath = 2_000;

/**
 * Where a `return_to` of the login host's own pages leads, or null when it leads out of the family. Either a path of the
 * login host, or a page of an app in the config; that one is reached through the app's own `/sign-in`, so that the app starts
 * its hop in this browser. One that is too long leads to the home page of its host.
 */
export function judgeReturnTo(
  family: Pick<Family, 'loginHost' | 'apps'>,
  value: string | null,
): Destination | null {
  const login = family.loginHost.origin;
  const own = (path: string): Destination => {
    const isOwnPage = !leadingOn.includes(path.split('?', 1)[0] ?? '');
    return { returnTo: path, href: `${login}${path}`, isOwnPage };
  };
  if (value === null || value === '' || value.length > maxWaiting) return own('/');
  const path = parseReturnPath(value, login, maxWaiting);
  if (path !== null) return own(path);
  for (const app of family.apps.values()) {
    const appPath = value.startsWith('/') ? null : parseReturnPath(value, app.origin, maxWaiting);
    if (appPath === null) continue;
    const path = appPath.length > maxAppPath ? '/' : appPath;
    const href = `${app.origin}/sign-in?return_to=${encodeURIComponent(path)}`;
    return { returnTo: `${app.origin}${path}`, href, isOwnPage: false };
  }
  return null;
}

/** The app that a judged `returnTo` leads to, or null: a page of the login host. What the person reads, and nothing more. */
export function appAt(
  family: Pick<Family, 'loginHost' | 'apps'>,
  returnTo: string,
): FamilyMember | null {
  const { pathname, origin, searchParams } = new URL(returnTo, family.loginHost.origin);
  if (origin !== family.loginHost.origin) {
    return [...family.apps.values()].find((app) => app.origin === origin) ?? null;
  }
  const parameter = { '/handshake': 'app', '/oidc/authorize': 'client_id' }[pathname];
  return parameter === undefined
    ? null
    : (family.apps.get(searchParams.get(parameter) ?? '') ?? null);
}

/** The value of a parameter that stands at most once; `repeated` otherwise. */
export function single(values: URLSearchParams, name: string): string | null | 'repeated' {
  const all = values.getAll(name);
  return all.length > 1 ? 'repeated' : (all[0] ?? null);
}

/** A redirect that is followed by GET (RFC 9700, 4.12) and leaves no trace of this URL. */
export function seeOther(location: string, cookies: readonly string[] = []): Response {
  const response = new Response(null, {
    status: 303,
    headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  });
  for (const line of cookies) response.headers.append('set-cookie', line);
  return response;
}
