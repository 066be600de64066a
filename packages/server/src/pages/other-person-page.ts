import { html } from 'hono/html';
import { actions } from './actions.ts';
import type { Page } from './page.ts';
import { appIcon, type ShownApp } from './shown-app.ts';

/** An app means one account, and another is signed in. */
export interface OtherPerson {
  readonly app: ShownApp;
  /** Address of the account that the app means, as its hint has it; null where it does not say. */
  readonly meant: string | null;
  /** Address of the account that is signed in. */
  readonly present: string;
  /** The app's request, path and query. */
  readonly path: string;
  /** Says in the request what was chosen. */
  readonly wishParameter: string;
}

/** Names both and lets the person choose: no app gets one person in the place of another (OpenID Connect Core 1.0, 3.1.2.2). */
export function otherPersonPage({ app, meant, present, path, wishParameter }: OtherPerson): Page {
  const href = (wish: string): string => `${path}&${wishParameter}=${wish}`;
  return {
    status: 409,
    content: (t) => ({
      title: t.otherPerson.title,
      above: appIcon(app),
      body: html`<p class="lead">${t.otherPerson.text(app.title, meant, present)}</p>
<p class="lead">${t.otherPerson.consequence}</p>
${actions(
  { label: t.actions.otherAccount, href: href('other-account') },
  { label: t.actions.backTo(app.title), href: href('back') },
)}`,
    }),
  };
}
