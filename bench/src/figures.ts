/** What several rounds gave: the middle one, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** The spread of at least one value. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    lowest: quantile(sorted, 0),
    highest: quantile(sorted, 1),
  };
}

/** The value below which `share` (0 to 1) of the sorted values lie, between neighbours in proportion. NaN of none. */
export function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** Value by value: rounds are compared with the same round of the other side, which the machine's mood met as well. */
export function ratios(values: readonly number[], references: readonly number[]): number[] {
  return values.map((value, round) => value / (references[round] ?? Number.NaN));
}

/** Value by value. */
export function differences(values: readonly number[], references: readonly number[]): number[] {
  return values.map((value, round) => value - (references[round] ?? Number.NaN));
}

/** With so many digits behind the point at most. */
export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
