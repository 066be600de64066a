import { onwardPage } from '../answers/onward-page.ts';
import { refusalPage } from '../answers/refusal-page.ts';

/** Headers of every answer in a hop: the next page must not learn this URL, nor a cache keep it. */
const hopHeaders = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } as const;

/** Bytes of a `Location` beyond which an answer goes on by a page: all its headers then fit into 3,500. */
const maxLocationBytes = 2_900;

/**
 * A redirect that is followed by GET (RFC 9700, 4.12) and leaves no trace of this URL. One that is too long for the header
 * buffers of a proxy (nginx: 4 KiB for all headers, else 502) is a page that goes on by itself.
 */
export function hopTo(location: string, cookies: readonly string[] = []): Response {
  const answer =
    location.length > maxLocationBytes
      ? onwardPage({ to: location })
      : new Response(null, { status: 303, headers: { ...hopHeaders, location } });
  for (const line of cookies) answer.headers.append('set-cookie', line);
  return answer;
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
