import { plainText } from './plain-text.ts';

/** HTML that is safe to put into a page; made by {@link html} alone. */
export class Markup {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}

type Value = string | number | Markup | readonly Markup[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template whose values are escaped for text and quoted attributes, unless they are markup themselves. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  let text = parts[0] ?? '';
  values.forEach((value, index) => {
    text += valueText(value) + (parts[index + 1] ?? '');
  });
  return new Markup(text);
}

/** Nothing, where a template wants something. */
export const empty: Markup = new Markup('');

function valueText(value: Value): string {
  if (value instanceof Markup) return value.toString();
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return value.join('');
  return plainText(value).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
