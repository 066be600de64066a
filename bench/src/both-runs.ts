import { readFileSync } from 'node:fs';
import type { Results } from './results.ts';
import type { Row } from './rows.ts';

/** Both kept runs in one table: a goal holds where it holds in both. A row that one of them has not is left out. */
export function tableOfBoth(first: Results, second: Results): string[][] {
  const other = new Map(second.rows.map((row) => [nameOf(row), row]));
  const lines = first.rows.flatMap((row) => {
    const same = other.get(nameOf(row));
    return same === undefined ? [] : [lineOf(row, same)];
  });
  return [['case', 'metric', 'first run', 'second run', 'unit', 'goal', 'on both'], ...lines];
}

/** A run that was kept. Throws for a file that is none. */
export function readResults(file: string): Results {
  const results = JSON.parse(readFileSync(file, 'utf8')) as Results;
  if (!Array.isArray(results.rows)) throw new Error(`${file} is no kept run of this benchmark.`);
  return results;
}

function nameOf({ case: name, metric }: Row): string {
  return `${name}\n${metric}`;
}

function lineOf(first: Row, second: Row): string[] {
  const { case: name, metric, unit, goal } = second;
  const values = [first, second].map(({ value }) => `${value}`);
  return [name, metric, ...values, unit, goal ?? '', verdict(first, second)];
}

/** Judged by the goal of the second run: the first may be from before the goal was changed. */
function verdict(first: Row, second: Row): string {
  const most = second.goal === null ? null : Number(/^<= (.+)$/.exec(second.goal)?.[1]);
  if (most === null) return '';
  const met = [first, second].filter(({ value }) => value <= most).length;
  return ['MISSED', 'on one', 'met'][met] ?? '';
}
