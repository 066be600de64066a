// Owns the words of all pages, a file for each language, and which language a request is
// answered in. A new language is a file beside `en.ts` and a line below. Where a person's
// choice is stored, and which request is under way, is left to `accounts/` and
// `packages/server/src/request-context.ts`.

import { acceptedLanguages } from './accepted-languages.ts';
import { de } from './de.ts';
import { type Catalogue, en } from './en.ts';

/** The languages that pages have, the default first. */
export const languages: readonly Catalogue[] = [en, de];

/** Their BCP 47 tags. */
export const languageTags: readonly string[] = languages.map(({ tag }) => tag);

/** What a request says about the language of its answer. */
export interface LanguageWishes {
  /** The signed-in person's own choice, a BCP 47 tag; null where they made none. */
  readonly locale: string | null;
  /** The `Accept-Language` header, unread. */
  readonly acceptLanguage: string | null;
}

/** The language to answer in: the person's own choice, else what the browser asks for, else English. */
export function chooseLanguage({ locale, acceptLanguage }: LanguageWishes): Catalogue {
  const wanted = [...(locale === null ? [] : [locale]), ...acceptedLanguages(acceptLanguage)];
  for (const tag of wanted) {
    const found = tag === '*' ? languages[0] : languageOf(tag);
    if (found !== undefined) return found;
  }
  return en;
}

/** By the primary subtag (RFC 4647, 3.4): `de-AT` is answered in German. */
function languageOf(tag: string): Catalogue | undefined {
  const [primary] = tag.toLowerCase().split('-', 1);
  return languages.find((language) => language.tag === primary);
}
