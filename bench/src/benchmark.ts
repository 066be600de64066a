import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedisServer, type TestRedisServer } from '@latchkey/testkit';
import type { Row } from './rows.ts';

/** Something that is measured by itself and gives one or more rows. */
export interface Benchmark {
  /** What `--only` looks in. */
  readonly name: string;
  run(surroundings: Surroundings): Promise<readonly Row[]>;
}

/** What a benchmark is given. */
export interface Surroundings {
  /** Fewer and shorter rounds, for a first look. */
  readonly isQuick: boolean;
  /** What is started and made is given to it. */
  readonly own: AsyncDisposableStack;
  /** Says what is going on. */
  report(line: string): void;
}

/** A server of a benchmark's own. Nothing is written to disk: the price of the check is measured, not the disk's. */
export async function ownRedis({ own }: Surroundings): Promise<TestRedisServer> {
  try {
    const redis = await startRedisServer({ args: ['--appendonly', 'no'] });
    own.defer(() => redis.stop());
    return redis;
  } catch (cause) {
    const message = 'The benchmark starts a Redis server of its own, and redis-server is not on';
    throw new Error(`${message} PATH. On Debian: apt-get install redis-server`, { cause });
  }
}

/** A folder that goes with the benchmark. */
export async function ownFolder({ own }: Surroundings): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  own.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
