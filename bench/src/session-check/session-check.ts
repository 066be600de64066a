import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedisServer, type TestRedisServer } from '@latchkey/testkit';
import { describeMachine, packageVersions, type Results } from '../results.ts';
import { layOut } from '../table.ts';
import { casesWith } from './cases.ts';
import { rowsOf, tableOf } from './rows.ts';
import { measureSessionChecks, type Plan } from './run.ts';

const people = { people: 10_000, connections: 64 } as const;
const fullPlan: Plan = { ...people, rounds: 9, roundMs: 3000, warmUpMs: 3000 };
const quickPlan: Plan = { ...people, rounds: 3, roundMs: 1500, warmUpMs: 1500 };

const packages = [
  ...['@redis/client', 'redis', 'express', 'express-session', 'connect-redis'],
  ...['fastify', 'hono', '@hono/node-server'],
];

/** Which part of a benchmark to run. */
export interface Choice {
  /** Fewer and shorter rounds: under three minutes, for a first look. */
  readonly isQuick: boolean;
  /** Cases with this in their names, and what they are compared with. Empty: all. */
  readonly only: string;
}

/**
 * What a session check costs: GET /me, 10,000 people signed in, 64 keep-alive connections. Prints its table.
 * What it starts and makes is given to `own`.
 */
export async function sessionCheck(
  { isQuick, only }: Choice,
  own: AsyncDisposableStack,
): Promise<Results> {
  const plan = isQuick ? quickPlan : fullPlan;
  const redis = await startRedis();
  own.defer(() => redis.stop());
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  own.defer(() => rm(folder, { recursive: true, force: true }));
  const places = { folder, redisUrl: redis.url };
  const results = await measureSessionChecks(casesWith(only), plan, places, (line) =>
    console.log(`  ${line}`),
  );
  console.log(`\nsession-check: ${plan.people} signed in, ${plan.connections} connections,`);
  console.log(`medians of ${plan.rounds} rounds of ${plan.roundMs / 1000} s with lowest-highest`);
  console.log('Latchkey runs as it is published: built code in dist, not source.\n');
  for (const line of layOut(tableOf(results))) console.log(line);
  return { machine: describeMachine(), versions: versions(), rows: rowsOf(results) };
}

/** Nobody else writes to it, and nothing is written to disk: the price of the check is measured, not the disk's. */
async function startRedis(): Promise<TestRedisServer> {
  try {
    return await startRedisServer({ args: ['--appendonly', 'no'] });
  } catch (cause) {
    const message = 'The benchmark starts a Redis server of its own, and redis-server is not on';
    throw new Error(`${message} PATH. On Debian: apt-get install redis-server`, { cause });
  }
}

function versions(): Record<string, string> {
  const bench = join(import.meta.dirname, '../..');
  const { stdout } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  return {
    node: process.version,
    'redis-server': /v=(\S+)/.exec(stdout)?.[1] ?? 'unknown',
    ...packageVersions(packages, [bench, join(bench, '..')]),
  };
}
