import { isAtOrBelow, parentOf } from './name.ts';

/** A set of names that are asked which of them are at or above another. */
export interface Suffixes {
  readonly size: number;
  /** The lowest at or above the name; null where none is. */
  nearest(name: string): string | null;
  /** The highest at or above the name; null where none is. */
  topmost(name: string): string | null;
}

/** Up to so many are tried one by one, which makes no garbage; above it, the name's own ancestors are looked up. */
const fewNames = 8;

export function createSuffixes(names: Iterable<string>): Suffixes {
  const known = new Set(names);
  // Longest first: of several at or above one name the longest is the nearest.
  const list = [...known].sort((one, other) => other.length - one.length);
  if (list.length <= fewNames) {
    return {
      size: list.length,
      nearest: (name) => list.find((suffix) => isAtOrBelow(name, suffix)) ?? null,
      topmost: (name) => list.findLast((suffix) => isAtOrBelow(name, suffix)) ?? null,
    };
  }
  return {
    size: list.length,
    nearest(name) {
      let at: string | null = name;
      while (at !== null && !known.has(at)) at = parentOf(at);
      return at;
    },
    topmost(name) {
      let found: string | null = null;
      for (let at: string | null = name; at !== null; at = parentOf(at)) {
        if (known.has(at)) found = at;
      }
      return found;
    },
  };
}
