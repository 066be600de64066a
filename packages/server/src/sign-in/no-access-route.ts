import type { Family } from '@latchkey/session';
import { seeOther, single } from '../browser/return-to.ts';
import type { Visitor } from '../browser/visitor.ts';
import { messages } from '../pages/messages.ts';
import { noAccessPage, type Standing } from '../pages/no-access-page.ts';
import type { PageMaker } from '../pages/page.ts';

/** What the page needs. */
export interface NoAccessDeps {
  readonly family: Family;
  readonly page: PageMaker;
  readonly recognise: (request: Request) => Promise<Visitor>;
  /** Where an account stands with an app. */
  readonly standingOf: (accountId: string, app: string) => Promise<Standing>;
}

export const noAccessPath = '/no-access';

/** Leads away from a hop's URL, which holds a state: no page is rendered there. */
export function toNoAccess(family: Family, app: string, cookies: readonly string[] = []): Response {
  const page = new URL(noAccessPath, family.loginHost.origin);
  page.searchParams.set('app', app);
  return seeOther(page.href, cookies);
}

/** `GET /no-access?app`: the 403 page for somebody who was not granted an app, with where they stand and how to ask. */
export async function showNoAccess(deps: NoAccessDeps, request: Request): Promise<Response> {
  const name = single(new URL(request.url).searchParams, 'app');
  const app = name === null ? undefined : deps.family.apps.get(name);
  if (app === undefined) return deps.page(messages.notFound);
  const { opened, person } = await deps.recognise(request);
  const cookies = await opened.commit();
  if (person === null) return toSignIn(deps.family, app.name, cookies);
  const standing = await deps.standingOf(person.accountId, app.name);
  return deps.page({ ...noAccessPage({ app, email: person.email, standing }), cookies });
}

/** Whoever comes from a mail signs in first, and is shown the page then. */
function toSignIn({ loginHost }: Family, app: string, cookies: readonly string[]): Response {
  const signIn = new URL('/sign-in', loginHost.origin);
  signIn.searchParams.set('return_to', `${noAccessPath}?app=${app}`);
  return seeOther(signIn.href, cookies);
}
