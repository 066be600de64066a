import type { Session } from '../session-object/session.ts';
import { type AdapterApp, enterApp, finishOrRefuse } from './enter-app.ts';
import { type NextParts, setCookies } from './next-parts.ts';
import { WebContext } from './web-context.ts';

/** What a route handler answers. What it changed is kept also where it ends by a call of Next's. */
export async function answerRoute(
  app: AdapterApp,
  next: NextParts,
  request: Request,
  answer: (session: Session) => Response | Promise<Response>,
): Promise<Response> {
  const context = new WebContext(request, null);
  const own = await enterApp(app, context);
  if (own !== null) return own;
  let response: Response;
  try {
    response = await answer(context.session);
  } catch (error) {
    // `redirect()` and `notFound()` are thrown; what was changed before them is to be kept.
    const saved = await context.finish(new Response(null));
    await setCookies(saved.headers.getSetCookie(), next);
    throw error;
  }
  return finishOrRefuse(context, response);
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
