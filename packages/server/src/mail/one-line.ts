/** What ends a line or a header, and what turns the direction of a text round or hides in it. */
const unfit = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/gu;

/** A text of somebody's as one line of at most `most` characters, without control, bidi and invisible characters. */
export function oneLine(text: string, most: number): string {
  // Bounded first: what follows looks at each character.
  const line = text
    .slice(0, 4 * most)
    .replace(unfit, ' ')
    .replace(/\p{Cs}/gu, '')
    .replace(/ {2,}/g, ' ')
    .trim();
  const characters = [...line];
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join('')}…`;
}
