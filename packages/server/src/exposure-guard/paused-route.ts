import type { Family } from '@latchkey/session';
import { seeOther, single } from '../browser/return-to.ts';
import type { LoginSessions } from '../browser/sessions.ts';
import { messages, pausedSignIn } from '../pages/messages.ts';
import type { PageMaker } from '../pages/page.ts';

/** What the page needs. */
export interface PausedDeps {
  readonly family: Family;
  readonly page: PageMaker;
  readonly sessions: Pick<LoginSessions, 'isSharedPaused'>;
}

export const pausedPath = '/paused';

/** Leads away from a hop's URL, which holds a state: no page is rendered there. */
export function toPaused(family: Family, app: string, cookies: readonly string[] = []): Response {
  const page = new URL(pausedPath, family.loginHost.origin);
  page.searchParams.set('app', app);
  return seeOther(page.href, cookies);
}

/** `GET /paused?app`: the 503 page for somebody who was on the way into a shared app; on to the app once it may be entered. */
export async function showPaused(deps: PausedDeps, request: Request): Promise<Response> {
  const name = single(new URL(request.url).searchParams, 'app');
  const app = name === null ? undefined : deps.family.apps.get(name);
  if (app?.reach !== 'shared') return deps.page(messages.notFound);
  const signIn = `${app.origin}/sign-in`;
  return deps.sessions.isSharedPaused() ? deps.page(pausedSignIn(app, signIn)) : seeOther(signIn);
}
