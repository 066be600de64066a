/** The headers that tell where a request came from. */
export interface RequestOrigin {
  readonly method: string;
  readonly secFetchSite: string | null;
  readonly origin: string | null;
  readonly referer: string | null;
}

/** Reads them from a web request. */
export function requestOrigin(request: Request): RequestOrigin {
  return {
    method: request.method,
    secFetchSite: request.headers.get('sec-fetch-site'),
    origin: request.headers.get('origin'),
    referer: request.headers.get('referer'),
  };
}

/**
 * Whether a request may have an effect: protection against cross-site request forgery by Fetch Metadata first, `Origin`
 * next, `Referer` last (OWASP CSRF sheet, 2025). Safe methods always may: they must have no effect. `origins` are
 * configured origins, never made from the request's own `Host`. Content types do not matter.
 */
export function mayHaveEffect(request: RequestOrigin, origins: readonly string[]): boolean {
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return true;
  const { secFetchSite, origin, referer } = request;
  if (secFetchSite === 'same-origin' || secFetchSite === 'none') return true;
  // Several values, or one that no browser sends, is somebody's own making.
  if (secFetchSite !== null && !['same-site', 'cross-site'].includes(secFetchSite)) return false;
  if (origin !== null) return origins.includes(origin);
  if (secFetchSite !== null) return false;
  return referer !== null && URL.canParse(referer) && origins.includes(new URL(referer).origin);
}
