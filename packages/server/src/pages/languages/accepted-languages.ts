/** Characters of the header that are read, and ranges in it: browsers send a tenth of that. */
const maxCharacters = 1_000;
const maxRanges = 30;

/** `language-range [ ";q=" qvalue ]` (RFC 9110, 12.5.4 and 12.4.2), white space allowed where RFC 9110 allows it. */
const rangePattern =
  /^(\*|[a-z]{1,8}(?:-[a-z0-9]{1,8}){0,8})(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/i;

/**
 * The language ranges of an `Accept-Language` header, most wanted first, those of equal weight in their order. What is
 * malformed or refused (`q=0`) is left out; of a header that is too long the beginning is read.
 */
export function acceptedLanguages(header: string | null): readonly string[] {
  const pieces = (header ?? '').slice(0, maxCharacters).split(',').slice(0, maxRanges);
  return pieces
    .flatMap((piece) => {
      const [, range, weight = '1'] = rangePattern.exec(piece.trim()) ?? [];
      return range === undefined ? [] : [{ range, weight: Number(weight) }];
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ range }) => range);
}
