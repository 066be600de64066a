import { html } from 'hono/html';
import type { Html, Page } from '../pages/page.ts';

/** What a person reads for an OAuth error code. Fixed words: nothing from the request is shown. */
const texts: Readonly<Record<string, string>> = {
  invalid_client: 'The app that sent you here is not known to this login host.',
  invalid_redirect_uri:
    'The app that sent you here gave an address to go back to that is not registered for it.',
  server_error: 'Something went wrong at the login host. Please try again.',
};

const otherwise =
  'The request was used before, has run out, or was made for another browser. Go back to the app and sign in from there.';

const home: Html = html`<a class="button" href="/">Home page</a>`;

/** The page for a protocol request that failed before an app could be told. */
export function errorPage(error: string, status: number): Page {
  return {
    status,
    title: 'Signing in did not work',
    body: html`<p>${texts[error] ?? otherwise}</p>${home}`,
  };
}
