import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type { Row } from './rows.ts';

/** A run, as it is kept. */
export interface Results {
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}

const packages = [
  ...['@redis/client', 'redis', 'express', 'express-session', 'connect-redis'],
  ...['fastify', 'hono', '@hono/node-server', '@node-rs/argon2'],
];

/** What this machine is, in words. */
export function describeMachine(): string {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores, ${gigabytes} GB, ${platform()} ${arch()}`;
}

/** Versions of everything that was measured: Node, the Redis server, and the packages of both installs. */
export function describeVersions(): Record<string, string> {
  const bench = join(import.meta.dirname, '..');
  const folders = [bench, join(bench, '..')];
  const { stdout } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  return {
    node: process.version,
    'redis-server': /v=(\S+)/.exec(stdout ?? '')?.[1] ?? 'unknown',
    ...Object.fromEntries(packages.map((name) => [name, packageVersion(name, folders)])),
  };
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
