const maxCharacters = 100;
/** More than that many UTF-16 units are not even normalised: what is written apart shrinks to a quarter at most. */
const maxUnits = 8 * maxCharacters;
/** Controls, line ends, halves of characters, and those that mean something in private only. */
const unwritable = /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;
/** What changes how text around it reads, bidi overrides and isolates among it, or cannot be seen; not the joiners, which some scripts need. */
const format = /(?![\u200C\u200D])\p{Cf}/u;
/** Something that is seen. */
const visible = /[^\p{Z}\p{M}\p{C}\p{Default_Ignorable_Code_Point}]/u;

/**
 * A person's name, or null: NFC, without white space at its ends, 1 to 100 characters of any script. No control or format
 * characters (line ends of a mail header, bidi overrides), and not one that nobody can see. Markup is text like any other: who shows it escapes it.
 */
export function parseName(written: string): string | null {
  if (written.length > maxUnits) return null;
  const name = written.normalize('NFC').trim();
  if (unwritable.test(name) || format.test(name) || !visible.test(name)) return null;
  return [...name].length <= maxCharacters ? name : null;
}
