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
    const note = (opened: OpenSession): OpenSession => {
      routes.noteOpened(cookieHeader, opened.session);
      return opened;
    };
    const opened = sessions.open(cookieHeader);
    return opened instanceof Promise ? opened.then(note) : note(opened);
  };
}
