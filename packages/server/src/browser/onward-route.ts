import type { Family } from '@latchkey/session';
import { hopTo, onwardPage } from '@latchkey/session/parts';
import { messages } from '../pages/messages.ts';
import type { PageMaker } from '../pages/page.ts';
import { type Destination, judgeReturnTo } from './return-to.ts';

export const onwardPath = '/onward';

/**
 * The answer to a form of ours: a page of our own, which goes on by itself where the destination is not one. Browsers hold
 * every redirect that follows a form against `form-action`, and where an app leads on to is not known here.
 */
export function afterForm(
  family: Family,
  { returnTo, href, isOwnPage }: Destination,
  cookies: readonly string[] = [],
): Response {
  if (isOwnPage) return hopTo(href, cookies);
  // The destination is the whole query, as it is: encoding it would let it outgrow the headers a proxy takes.
  return hopTo(`${family.loginHost.origin}${onwardPath}?${returnTo}`, cookies);
}

/** `GET /onward?<destination>`: the page that goes on by itself, to where a `return_to` may lead. */
export function showOnward(
  deps: { readonly family: Family; readonly page: PageMaker },
  request: Request,
): Response | Promise<Response> {
  const destination = judgeReturnTo(deps.family, new URL(request.url).search.slice(1));
  return destination === null
    ? deps.page(messages.badDestination)
    : onwardPage({ to: destination.href });
}
