import type { SeedResult } from '@latchkey/server';
import type { Family } from '@latchkey/session';

/** A process of the family that runs. */
export interface RunningProcess {
  readonly name: string;
  readonly pid: number | undefined;
}

/** The tables that are printed once the family runs: who listens where, and who can sign in. */
export function announcement(
  family: Family,
  running: readonly RunningProcess[],
  seeded: SeedResult,
): string {
  const pidOf = (name: string): string =>
    String(running.find((process) => process.name === name)?.pid ?? '');
  const hosts = [
    ['host', 'URL', 'reach', 'process'],
    ['login', family.loginHost.origin, '', pidOf('login')],
    ...[...family.apps.values()].map(({ name, origin, reach }) => [
      name,
      origin,
      reach,
      pidOf(name),
    ]),
  ];
  const persons = [
    ['person', 'password', 'may enter'],
    ...seeded.people.map(({ email, note }) => [email, seeded.password, note]),
  ];
  const pages = [
    ['page', 'URL'],
    ['mails that would be sent', `${family.loginHost.origin}/dev/mail`],
  ];
  return [hosts, persons, pages].map((rows) => `\n${table(rows)}\n`).join('');
}

/** The last line: whoever waits for the family waits for it. */
export function readyLine(family: Family): string {
  const [first] = family.apps.values();
  return `Latchkey family ready: open ${first?.origin ?? family.loginHost.origin}`;
}

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`)
    .map((line) => line.trimEnd())
    .join('\n');
}
