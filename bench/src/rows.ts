import { rounded, type Spread, spreadOf } from './figures.ts';

/** One figure of a run, with what it was made from. */
export interface Row {
  readonly case: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  /** What it must be, for example `<= 1.6`, or null. */
  readonly goal: string | null;
  /** Null where there is no goal. */
  readonly met: boolean | null;
  /** The lowest and the highest round; the value is the middle one. */
  readonly spread: { readonly lowest: number; readonly highest: number };
  /** By side, round by round, and whatever else tells how the value came about. */
  readonly raw: Readonly<Record<string, readonly number[]>>;
}

/** What a row is about, before it is measured. */
export interface Heading {
  readonly case: string;
  readonly metric: string;
  readonly unit: string;
  /** The most it may be, or null where nothing is asked. */
  readonly atMost: number | null;
  /** Digits behind the point. Default 2. */
  readonly digits?: number;
}

/** A row of what each round gave. */
export function rowOf(heading: Heading, rounds: readonly number[], raw: Row['raw']): Row {
  return rowOfSpread(heading, spreadOf(rounds), raw);
}

/** A row of a figure that was not made round by round, with the bounds between which it lies. */
export function rowOfSpread(
  heading: Heading,
  { median, lowest, highest }: Spread,
  raw: Row['raw'],
): Row {
  const { atMost, digits = 2, metric, unit } = heading;
  const value = rounded(median, digits);
  return {
    case: heading.case,
    metric,
    value,
    unit,
    goal: atMost === null ? null : `<= ${atMost}`,
    // Judged as it is printed.
    met: atMost === null ? null : value <= atMost,
    spread: { lowest: rounded(lowest, digits), highest: rounded(highest, digits) },
    raw: Object.fromEntries(
      Object.entries(raw).map(([side, values]) => [side, values.map((one) => rounded(one, 3))]),
    ),
  };
}

/** The one table of a run. */
export function tableOf(rows: readonly Row[]): string[][] {
  const lines = rows.map(({ case: name, metric, value, unit, goal, met, spread }) => [
    name,
    metric,
    `${value}`,
    unit,
    `${spread.lowest} - ${spread.highest}`,
    goal ?? '',
    met === null ? '' : met ? 'met' : 'MISSED',
  ]);
  return [['case', 'metric', 'value', 'unit', 'lowest - highest', 'goal', ''], ...lines];
}
