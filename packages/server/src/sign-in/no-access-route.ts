import type { Family } from '@latchkey/session';
import { seeOther, single } from '../browser/return-to.ts';
import type { Visitor } from '../browser/visitor.ts';
import { messages, noAccess } from '../pages/messages.ts';
import type { PageMaker } from '../pages/page.ts';

/** What the page needs. */
export interface NoAccessDeps {
  readonly family: Family;
  readonly page: PageMaker;
  readonly recognise: (request: Request) => Promise<Visitor>;
}

export const noAccessPath = '/no-access';

/** Leads away from a hop's URL, which holds a state: no page is rendered there. */
export function toNoAccess(family: Family, app: string, cookies: readonly string[] = []): Response {
  const page = new URL(noAccessPath, family.loginHost.origin);
  page.searchParams.set('app', app);
  return seeOther(page.href, cookies);
}

/** `GET /no-access?app`: the 403 page for somebody who was not granted an app. */
export async function showNoAccess(deps: NoAccessDeps, request: Request): Promise<Response> {
  const name = single(new URL(request.url).searchParams, 'app');
  const app = name === null ? undefined : deps.family.apps.get(name);
  if (app === undefined) return deps.page(messages.notFound);
  const { opened, person } = await deps.recognise(request);
  const cookies = await opened.commit();
  if (person === null) return seeOther(`${deps.family.loginHost.origin}/sign-in`, cookies);
  return deps.page({ ...noAccess(app, person.email), cookies });
}
