/** Request headers, as the web and as Node have them. */
export type RequestHeaders =
  | Headers
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** A header by its small name, or null; several lines are one, joined by commas. */
export function headerOf(headers: RequestHeaders, name: string): string | null {
  if (headers instanceof Headers) return headers.get(name);
  const value = headers[name];
  return typeof value === 'string' ? value : (value?.join(',') ?? null);
}

/**
 * Whether a request is a page that a person opens, and not one that a page makes in the background (fetch, XHR, EventSource,
 * images): only the first can be led over another host. By `Sec-Fetch-Mode: navigate` (Fetch Metadata); where none of these
 * headers came (old browsers, plain http, proxies that take them away), by an `Accept` that names `text/html` and no
 * `X-Requested-With`. Says nothing of who sent it, nor of its method.
 */
export function isNavigation(headers: RequestHeaders): boolean {
  const mode = headerOf(headers, 'sec-fetch-mode');
  if (mode !== null) return mode === 'navigate';
  if (fetchMetadata.some((name) => headerOf(headers, name) !== null)) return false;
  if (headerOf(headers, 'x-requested-with') !== null) return false;
  const accept = headerOf(headers, 'accept') ?? '';
  return accept.split(',', maxMediaRanges).some((range) => /^\s*text\/html\s*(?:;|$)/i.test(range));
}

const fetchMetadata = ['sec-fetch-site', 'sec-fetch-dest', 'sec-fetch-user'] as const;
/** More than any browser sends. */
const maxMediaRanges = 64;
