import { type AdministratorPageDeps, forAdministrators } from '../browser/for-administrators.ts';
import { exposurePage } from '../pages/exposure-page.ts';
import { messages } from '../pages/messages.ts';
import type { CheckedExposure } from './exposure-check.ts';
import type { ExposureGuard } from './exposure-guard.ts';

/** What the pages of the guard need. */
export interface ExposureRoutesDeps extends AdministratorPageDeps {
  readonly guard: Pick<ExposureGuard, 'state'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export const exposurePath = '/exposure';
export const exposureHtmlPath = '/exposure/report.html';
export const exposureJsonPath = '/exposure/report.json';

/** `GET /exposure`: what the guard knows. As its reports, for administrators alone. */
export function showExposure(deps: ExposureRoutesDeps, request: Request): Promise<Response> {
  return forAdministrators(deps, { request, path: exposurePath }, async (cookies) => {
    const { policy, failOn, open, isPaused, last, failure } = deps.guard.state();
    const now = deps.now();
    const shown = exposurePage({
      policy,
      failOn,
      isPaused,
      findings: open,
      cookieDomain: deps.family.sharedCookie?.domain ?? '',
      checkedAgo: last === null ? null : now - last.at,
      failure: failure === null ? null : { why: failure.why, ago: now - failure.at },
      reports: { html: exposureHtmlPath, json: exposureJsonPath },
    });
    return deps.page({ ...shown, cookies });
  });
}

/**
 * `GET /exposure/report.html`: as the check made it. Its own policy stands inside; this one holds whoever made it: nothing
 * runs, nothing is loaded, and it is of no origin.
 */
export function showExposureHtml(deps: ExposureRoutesDeps, request: Request): Promise<Response> {
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";
  return report(deps, request, ({ html }) => [html, 'text/html; charset=utf-8', policy]);
}

/** `GET /exposure/report.json`. */
export function showExposureJson(deps: ExposureRoutesDeps, request: Request): Promise<Response> {
  const policy = "default-src 'none'; frame-ancestors 'none'; sandbox";
  return report(deps, request, ({ json }) => [json, 'application/json; charset=utf-8', policy]);
}

function report(
  deps: ExposureRoutesDeps,
  request: Request,
  read: (last: CheckedExposure) => readonly [body: string, type: string, policy: string],
): Promise<Response> {
  return forAdministrators(deps, { request, path: exposurePath }, async (cookies) => {
    const { last } = deps.guard.state();
    if (last === null) return deps.page({ ...messages.notFound, cookies });
    const [body, type, policy] = read(last);
    const response = new Response(body, {
      headers: {
        'content-type': type,
        'content-security-policy': policy,
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      },
    });
    for (const line of cookies) response.headers.append('set-cookie', line);
    return response;
  });
}
