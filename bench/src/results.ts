import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import { dirname, join } from 'node:path';

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
  /** By side, round by round. */
  readonly raw: Readonly<Record<string, readonly number[]>>;
}

/** A run, as it is kept. */
export interface Results {
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}

/** What this machine is, in words. */
export function describeMachine(): string {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores, ${gigabytes} GB, ${platform()} ${arch()}`;
}

/** The installed version of each package, looked for in the folders in turn. */
export function packageVersions(
  names: readonly string[],
  folders: readonly string[],
): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, packageVersion(name, folders)]));
}

function packageVersion(name: string, folders: readonly string[]): string {
  for (const folder of folders) {
    try {
      const manifest = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8');
      return (JSON.parse(manifest) as { version: string }).version;
    } catch {
      // Not installed there: the next folder has it.
    }
  }
  throw new Error(`${name} is not installed.`);
}

export function writeResults(file: string, results: Results): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}
