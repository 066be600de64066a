/** Headers of every answer on the way: the next page must not learn this URL, nor a cache keep it. */
const headers = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } as const;

/** A redirect that is followed by GET (RFC 9700, 4.12). */
export function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { ...headers, location } });
}

/** The answer with more `Set-Cookie` lines. */
export function withCookies(response: Response, lines: readonly string[]): Response {
  for (const line of lines) response.headers.append('set-cookie', line);
  return response;
}
