/** Characters a return path may have at most, unless a caller says otherwise. */
const maxPathLength = 2000;

/**
 * A destination that came from outside, as path and query of `origin`, or null when it leads anywhere else.
 *
 * Accepts a path (`/cart?item=1`) or an absolute URL of exactly this origin. Parsed once with the WHATWG parser, as
 * browsers do; what it had to repair (backslashes, tabs, `//`, user names) is refused rather than repaired. The
 * fragment is dropped. At most `maxLength` characters, 2,000 by default, before and after. Given its own result it returns the same. Used for `return_to` by apps and the login host alike (RFC 9700, 4.11).
 */
export function parseReturnPath(
  value: string,
  origin: string,
  maxLength: number = maxPathLength,
): string | null {
  if (value.length === 0 || value.length > maxLength) return null;
  // Visible ASCII without the backslash, which browsers read as a slash; they drop tabs and newlines. Nobody honest sends
  // those: what a browser puts into a request line is percent-encoded.
  if (!/^[!-[\]-~]+$/.test(value)) return null;
  const isPath = value.startsWith('/') && !value.startsWith('//');
  if (!isPath && !value.startsWith(`${origin}/`) && value !== origin) return null;
  if (!URL.canParse(value, origin)) return null;
  const url = new URL(value, origin);
  if (url.origin !== origin || url.username !== '' || url.password !== '') return null;
  // A path such as /.//evil.example becomes //evil.example when dot segments are resolved.
  if (url.pathname.startsWith('//')) return null;
  const path = `${url.pathname}${url.search}`;
  // The parser percent-encodes some characters, so what fitted may have grown beyond what `state` can carry.
  return path.length > maxLength ? null : path;
}

/**
 * The page that a `return_to` names: `/` where there is none, or one too long to be carried (a page that is left out is no
 * error); null where it leads out of `origin`.
 */
export function wantedPath(value: string | undefined, origin: string): string | null {
  if (value === undefined || value.length > maxPathLength) return '/';
  const path = parseReturnPath(value, origin, maxPathLength * 3);
  return path !== null && path.length > maxPathLength ? '/' : path;
}

/**
 * The page that a request line asks for, to come back to it: `/` where it cannot be carried. Browsers send a backslash in a
 * query as it is (WHATWG URL, query percent-encode set), so there it is escaped; in a path they never send one.
 */
export function requestedPage(requestLine: string, origin: string): string {
  const queryAt = requestLine.indexOf('?');
  if (queryAt === -1) return parseReturnPath(requestLine, origin) ?? '/';
  const query = requestLine.slice(queryAt).replaceAll('\\', '%5C');
  return parseReturnPath(requestLine.slice(0, queryAt) + query, origin) ?? '/';
}
