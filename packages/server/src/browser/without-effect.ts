import { isPrefetch } from '@latchkey/session/parts';
import { messages } from '../pages/messages.ts';
import type { PageMaker } from '../pages/page.ts';

/**
 * The answer to a request that nobody made on purpose: a browser that fetches ahead of a click, and HEAD, by which link checkers
 * look whether an address is there. No code or token is made for these, no app joins a sign-in and nobody is signed out. HEAD is answered 200
 * whatever GET would say: after a 405 link checkers send GET. Null for any other request.
 */
export function answerWithoutEffect(
  page: PageMaker,
  request: Request,
): Response | Promise<Response> | null {
  if (isPrefetch(request.headers)) return page(messages.notAhead);
  if (request.method !== 'HEAD') return null;
  return new Response(null, { headers: { 'cache-control': 'no-store' } });
}
