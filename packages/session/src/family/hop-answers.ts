import { refusalPage } from './refusal-page.ts';

/** Headers of every answer in a hop: the next page must not learn this URL, nor a cache keep it. */
const hopHeaders = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } as const;

/** A redirect that is followed by GET (RFC 9700, 4.12) and leaves no trace of this URL. */
export function hopTo(location: string): Response {
  return new Response(null, { status: 303, headers: { ...hopHeaders, location } });
}

/** The 405 of a route, with the methods that it has. */
export function wrongMethod(allowed: string): Response {
  const page = refusalPage('method');
  page.headers.set('allow', allowed);
  return page;
}

/** The value of a parameter that stands exactly once. */
export function only(url: URL, name: string): string | null {
  const values = url.searchParams.getAll(name);
  return values.length === 1 ? (values[0] ?? null) : null;
}
