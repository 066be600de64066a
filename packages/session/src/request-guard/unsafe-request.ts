// Owns whether an unsafe request is let through: by its headers (this file), by a token of a form, and what is only
// a prefetch. Pure judgement: the answer is made in `answers/`, and `packages/session/src/csrf-guard.ts` joins the
// checks.

import type { ForeignSender } from '../event-reasons.ts';
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

/** What the headers of a request decide. `token-needed`: a valid token lets it through, nothing else. */
export type UnsafeVerdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'token-needed' }
  | { readonly kind: 'refused'; readonly why: ForeignSender };

/** Who may send unsafe requests. */
export interface UnsafeRequestRules {
  /** Configured origins, never made from the request's own `Host`. The app's own is one of them. */
  readonly origins: readonly string[];
  /** `always`: also what the headers allow needs a token. Default `fallback`: only where no header says who sent it. */
  readonly tokens?: 'fallback' | 'always';
}

/**
 * Protection against cross-site request forgery: Fetch Metadata first, `Origin` next, then `Referer`, a token for the rest
 * (OWASP CSRF sheet, 2025). Safe methods are always allowed: they must have no effect. Content types do not matter.
 */
export function judgeUnsafeRequest(
  request: RequestOrigin,
  rules: UnsafeRequestRules,
): UnsafeVerdict {
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return { kind: 'allowed' };
  const verdict = judgeSender(request, rules.origins);
  const needsToken = rules.tokens === 'always' && verdict.kind === 'allowed';
  return needsToken ? { kind: 'token-needed' } : verdict;
}

/** The same where there are no tokens, as on Latchkey's own routes: whether a request may have an effect. */
export function mayHaveEffect(request: RequestOrigin, origins: readonly string[]): boolean {
  return judgeUnsafeRequest(request, { origins }).kind === 'allowed';
}

function judgeSender(
  { secFetchSite, origin, referer }: RequestOrigin,
  origins: readonly string[],
): UnsafeVerdict {
  // `none`: the person asked, not a page (a reload of the answer to a form).
  if (secFetchSite === 'same-origin' || secFetchSite === 'none') return { kind: 'allowed' };
  if (secFetchSite !== null && secFetchSite !== 'same-site' && secFetchSite !== 'cross-site') {
    // Several values, or one that no browser sends, is somebody's own making.
    return { kind: 'refused', why: 'unknown-fetch-site' };
  }
  if (origin !== null && origins.includes(origin)) return { kind: 'allowed' };
  if (secFetchSite !== null) return { kind: 'refused', why: secFetchSite };
  if (origin !== null) {
    return { kind: 'refused', why: origin === 'null' ? 'opaque-origin' : 'foreign-origin' };
  }
  if (referer === null) return { kind: 'token-needed' };
  const isOurs = URL.canParse(referer) && origins.includes(new URL(referer).origin);
  return isOurs ? { kind: 'allowed' } : { kind: 'refused', why: 'foreign-referer' };
}
