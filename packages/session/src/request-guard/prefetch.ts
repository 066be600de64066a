/**
 * Whether a browser fetches this ahead of a click that may never come (`Sec-Purpose: prefetch`, also `prefetch;prerender`; older
 * ones say `Purpose` or `X-Moz`). What can be used once must not be used by that. Whoever sends such a header on purpose
 * is refused something and gains nothing.
 */
export function isPrefetch(headers: Headers): boolean {
  return ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'].some((name) =>
    /\b(prefetch|prerender|preview)\b/i.test(headers.get(name) ?? ''),
  );
}
