import { html } from 'hono/html';
import type { Page } from './page.ts';

/** An app means one account, and another is signed in. */
export interface OtherPerson {
  readonly app: string;
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
  const wanted = meant === null ? 'another account' : html`<strong>${meant}</strong>`;
  const href = (wish: string): string => `${path}&${wishParameter}=${wish}`;
  return {
    status: 409,
    title: 'This is for another account',
    body: html`<p><strong>${app}</strong> asked for ${wanted}, but you are signed in as <strong>${present}</strong>.</p>
<p>With another account, you are signed out of this one in every app as soon as the password was right.</p>
<a class="button" href="${href('other-account')}">Use another account</a><a class="button" href="${href('back')}">Back to ${app}</a>`,
  };
}
