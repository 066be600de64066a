import type { Family } from '@latchkey/session';
import { messages } from '../pages/messages.ts';
import type { PageMaker } from '../pages/page.ts';
import { seeOther } from './return-to.ts';
import type { Visitor } from './visitor.ts';

/** What a page for administrators needs. */
export interface AdministratorPageDeps {
  readonly family: Family;
  readonly page: PageMaker;
  readonly recognise: (request: Request) => Promise<Visitor>;
}

/** Answers administrators alone, on the page at `path`: others get a page that says so, and who is not signed in signs in first. */
export async function forAdministrators(
  deps: AdministratorPageDeps,
  { request, path }: { readonly request: Request; readonly path: string },
  answer: (cookies: readonly string[]) => Promise<Response>,
): Promise<Response> {
  const { opened, person } = await deps.recognise(request);
  const cookies = await opened.commit();
  if (person === null) {
    const page = new URL('/sign-in', deps.family.loginHost.origin);
    page.searchParams.set('return_to', path);
    return seeOther(page.href, cookies);
  }
  if (!person.isAdministrator) return deps.page({ ...messages.administratorsOnly, cookies });
  return answer(cookies);
}
