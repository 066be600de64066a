import type { Session } from '../session-object/session.ts';
import { type AdapterApp, enterApp, finishOrRefuse } from './enter-app.ts';
import { type NextParts, setCookies } from './next-parts.ts';
import { WebContext } from './web-context.ts';

/** Answers a request as a route handler does with its session. */
export type RouteAnswers = (
  request: Request,
  handle: (session: Session) => Response | Promise<Response>,
) => Promise<Response>;

/** What a route handler changed is kept also where it ends by a call of Next's. */
export function createRouteAnswers(app: AdapterApp, next: NextParts): RouteAnswers {
  return async (request, handle) => {
    const context = new WebContext(request, null);
    const own = await enterApp(app, context);
    if (own !== null) return own;
    let response: Response;
    try {
      response = await handle(context.session);
    } catch (error) {
      // `redirect()` and `notFound()` are thrown; what was changed before them is to be kept.
      const saved = await context.finish(new Response(null));
      await setCookies(saved.headers.getSetCookie(), next);
      throw error;
    }
    return finishOrRefuse(context, response);
  };
}

/**
 * What the proxy says of caches goes over what the page or route behind it says, which nobody knows yet: with a cookie of ours it
 * must be no less than that.
 */
export function withoutCaches(response: Response): Response {
  const goesOn = response.headers.has('x-middleware-next');
  if (goesOn && response.headers.getSetCookie().length > 0) {
    response.headers.set('cache-control', 'no-store');
  }
  return response;
}
