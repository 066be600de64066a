import { html } from 'hono/html';
import type { Html } from './html.ts';

/** Where an action leads or what it posts, and what it is called. */
export type Action = {
  readonly label: string;
  /** For whoever hears the page and not sees it, where the label alone does not say what it is about. */
  readonly spokenLabel?: string;
} & (
  | { readonly href: string }
  | {
      /** The path that is posted to. */
      readonly post: string;
      readonly hidden?: Readonly<Record<string, string>>;
    }
);

/**
 * The ways on from a page, the most likely one first: it alone stands out. On a phone each has the full width.
 */
export function actions(first: Action, ...others: readonly Action[]): Html {
  return html`<div class="actions">${action(first, 'button')}${others.map((one) => action(one, 'button quiet'))}</div>`;
}

/** Ways on of which none stands out, since the page already has one that does. */
export function quietActions(...all: readonly Action[]): Html {
  return html`<div class="actions">${all.map((one) => action(one, 'button quiet'))}</div>`;
}

function action(one: Action, style: string): Html {
  const { label, spokenLabel = label } = one;
  const name = spokenLabel === label ? '' : html` aria-label="${spokenLabel}"`;
  if ('href' in one) return html`<a class="${style}" href="${one.href}"${name}>${label}</a>`;
  return html`<form method="post" action="${one.post}">${hiddenFields(one.hidden)}<button class="${style}"${name}>${label}</button></form>`;
}

/** Values that a form carries and nobody sees. */
export function hiddenFields(values: Readonly<Record<string, string>> = {}): readonly Html[] {
  return Object.entries(values).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
}
