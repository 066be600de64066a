import { html } from 'hono/html';
import { actions } from '../pages/actions.ts';
import type { Page } from '../pages/page.ts';

/** The page for a protocol request that failed before an app could be told. Fixed words: nothing from the request is shown. */
export function errorPage(error: string, status: number): Page {
  return {
    status,
    content: ({ provider, actions: names }) => {
      const known: Readonly<Record<string, string>> = provider.errors;
      const text = Object.hasOwn(known, error) ? known[error] : provider.otherError;
      return {
        title: provider.title,
        body: html`<p class="lead">${text}</p>${actions({ label: names.home, href: '/' })}`,
      };
    },
  };
}
