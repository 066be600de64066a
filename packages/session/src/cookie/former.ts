import { readCookieValues } from './read.ts';
import { type CookieScope, clearCookieLine } from './serialize.ts';

/** Cookies that a browser may still have from before their name, domain or path was changed. */
export interface FormerCookies {
  /** The lines that clear every one of them. */
  readonly clearLines: readonly string[];
  /** Those of the current cookie's very name: a request does not tell them from it. */
  readonly namesakes: readonly string[];
  /** The values that a header has under former names, less the current one. At most `limit`. */
  valuesIn(header: string, limit: number): readonly string[];
  /** The lines that clear those whose name, other than the current one, stands in a header. */
  clearLinesFor(header: string): readonly string[];
}

/** For the cookie now in use and what was in use before it; null where there is nothing before it. */
export function createFormerCookies(
  current: CookieScope,
  former: readonly CookieScope[],
): FormerCookies | null {
  if (former.length === 0) return null;
  const lines = new Map<string, string[]>();
  for (const scope of former) {
    lines.set(scope.name, [...(lines.get(scope.name) ?? []), clearCookieLine(scope)]);
  }
  const renamed = [...lines].filter(([name]) => name !== current.name);
  return {
    clearLines: [...new Set([...lines.values()].flat())],
    namesakes: lines.get(current.name) ?? [],
    valuesIn: (header, limit) =>
      renamed.flatMap(([name]) => readCookieValues(header, name, limit)).slice(0, limit),
    clearLinesFor: (header) =>
      renamed.flatMap(([name, clear]) =>
        readCookieValues(header, name, 1).length > 0 ? clear : [],
      ),
  };
}

/** Whether two scopes are one cookie to a browser: name, domain and path (RFC 6265bis, section 5.7). */
export function isSameCookie(one: CookieScope, other: CookieScope): boolean {
  return (
    one.name === other.name &&
    one.domain === other.domain &&
    (one.path ?? '/') === (other.path ?? '/')
  );
}
