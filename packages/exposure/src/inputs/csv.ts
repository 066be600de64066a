import type { JsonObject } from './json-shape.ts';

const separators = [',', ';', '\t'] as const;

/**
 * The rows of a CSV file (RFC 4180) by the names of its first row, with the line of each under `line`. The separator is that
 * which parts the first row; quotes may hold separators, line ends and doubled quotes. Null for what has no such first row.
 */
export function parseCsv(text: string): readonly JsonObject[] | null {
  const start = text.slice(0, 2_000).split('\n')[0] ?? '';
  const separator = separators.find((one) => start.split(one).length > 1);
  if (separator === undefined) return null;
  const [head, ...rows] = readRows(text, separator);
  const names = head?.cells.map((name) => name.trim()) ?? [];
  if (names.length < 2 || !names.every((name) => /^[\w .()/-]{1,40}$/.test(name))) return null;
  return rows
    .filter(({ cells }) => cells.some((cell) => cell !== ''))
    .map(({ cells, line }) => ({
      ...Object.fromEntries(names.map((name, at) => [name, cells[at]?.trim() ?? ''])),
      line,
    }));
}

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

function readRows(text: string, separator: string): readonly Row[] {
  const rows: Row[] = [];
  const cell = new RegExp(`("(?:[^"]|"")*"|[^${separator}\\r\\n]*)(${separator}|\\r?\\n|$)`, 'gy');
  let [line, next, cells]: [number, number, string[]] = [1, 1, []];
  for (let match = cell.exec(text); match !== null; match = cell.exec(text)) {
    const [whole, written = '', end = ''] = match;
    cells.push(written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written);
    next += whole.split('\n').length - 1;
    if (end !== separator) {
      rows.push({ line, cells });
      [line, cells] = [next, []];
    }
    if (cell.lastIndex >= text.length) break;
  }
  return rows;
}
