import type { AppHandler, OpenSession } from '../http/http-exchange.ts';
import type { Sessions } from '../lifecycle/sessions.ts';
import type { SessionObject } from '../session-object/session-object.ts';

/** Routes that finish on a later request what an earlier one began, by the cookies that came with it. */
interface NotingRoutes {
  noteOpened(cookieHeader: string | undefined, session: SessionObject): void;
}

/** How an app handler opens sessions whose routes want to know of each. */
export function openNoting(
  sessions: Pick<Sessions, 'open'>,
  routes: NotingRoutes,
): AppHandler['open'] {
  return (cookieHeader) => {
    const opened = sessions.open(cookieHeader);
    if (opened instanceof Promise) return noteLater(routes, cookieHeader, opened);
    routes.noteOpened(cookieHeader, opened.session);
    return opened;
  };
}

/** Apart, so that a session answered from memory makes no function. */
async function noteLater(
  routes: NotingRoutes,
  cookieHeader: string | undefined,
  opening: Promise<OpenSession>,
): Promise<OpenSession> {
  const opened = await opening;
  routes.noteOpened(cookieHeader, opened.session);
  return opened;
}
