import { type Family, parseReturnPath } from '@latchkey/session';

/**
 * Where a `return_to` of the login host's own pages leads, as an absolute URL, or null when it leads out of the family.
 * Either a path of the login host, or a page of an app in the config; that one is reached through the app's own
 * `/sign-in`, so that the app starts its hop in this browser.
 */
export function judgeReturnTo(family: Family, value: string | null): string | null {
  const login = family.loginHost.origin;
  if (value === null || value === '') return `${login}/`;
  const path = parseReturnPath(value, login);
  if (path !== null) return `${login}${path}`;
  for (const app of family.apps.values()) {
    const appPath = value.startsWith('/') ? null : parseReturnPath(value, app.origin);
    if (appPath !== null) return `${app.origin}/sign-in?return_to=${encodeURIComponent(appPath)}`;
  }
  return null;
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
