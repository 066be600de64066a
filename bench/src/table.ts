/** Lines of a table: the first `toLeft` columns to the left, the others to the right. */
export function layOut(rows: readonly (readonly string[])[], toLeft = 2): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, column < toLeft))
      .join('  ')
      .trimEnd(),
  );
}

function pad(cell: string, width: number, isLeft: boolean): string {
  return isLeft ? cell.padEnd(width) : cell.padStart(width);
}
