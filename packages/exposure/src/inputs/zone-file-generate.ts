import type { Word } from './zone-file-scanner.ts';

/** One `$GENERATE` may make this many entries. */
const generateLimit = 65_536;
const rangeField = /^(\d{1,9})-(\d{1,9})(?:\/(\d{1,9}))?$/;
const counterPlace = /\\.|\$\$|\$(?:\{(-?\d{1,9})(?:,(\d{1,3})(?:,([doxXnN]))?)?\})?/g;

/**
 * The entries of BIND's `$GENERATE range lhs ... rhs`: the words after the range, once for each number of it. `$` is the
 * number, `${offset,width,base}` with bases `d`, `o`, `x`, `X`; `\$` and `$$` a plain dollar. Null where the range is none,
 * is above 65,536 entries, or a base is `n` or `N` (reverse zones).
 */
export function generateEntries(words: readonly Word[]): readonly (readonly Word[])[] | null {
  const [range, ...template] = words;
  const match = rangeField.exec(range?.text ?? '');
  if (match === null || template.length < 3) return null;
  const [start, stop, step] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 1)];
  if (stop < start || step < 1 || (stop - start) / step >= generateLimit) return null;
  if (template.some((word) => /\$\{[^}]*[nN]\}/.test(word.text))) return null;
  const entries: Word[][] = [];
  for (let number = start; number <= stop; number += step) {
    entries.push(template.map((word) => ({ ...word, text: fillPlaces(word.text, number) })));
  }
  return entries;
}

function fillPlaces(text: string, number: number): string {
  return text.replace(counterPlace, (found, ...groups: (string | undefined)[]) => {
    const [offset, width, base] = groups;
    if (found === '$$' || found === '\\$') return '$';
    if (found.startsWith('\\')) return found;
    const value = number + Number(offset ?? 0);
    return inBase(value, base ?? 'd').padStart(Number(width ?? 0), '0');
  });
}

function inBase(value: number, base: string): string {
  if (base === 'o') return value.toString(8);
  if (base === 'x') return value.toString(16);
  if (base === 'X') return value.toString(16).toUpperCase();
  return String(value);
}
