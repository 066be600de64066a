import { fork } from 'node:child_process';
import { type Benchmark, ownRedis } from '../benchmark.ts';
import { callProcess } from '../process-call.ts';
import { type Row, rowOf } from '../rows.ts';
import { sameCollection } from '../session-check/run.ts';
import type { CacheCalls, Filled } from './cache-process.ts';

const megabyte = 1_000_000;

/** What a process pays for answering from memory: each round is a process of its own. */
export const localCache: Benchmark = {
  name: 'local cache',
  async run(surroundings) {
    const { isQuick, own, report } = surroundings;
    const plan = isQuick ? { rounds: 1, count: 100_000 } : { rounds: 7, count: 100_000 };
    const { url } = await ownRedis(surroundings);
    const order = { url, count: plan.count };
    report(`${plan.count} sessions to remember, ${plan.rounds} rounds`);
    await inNewProcess(own, (cache) => cache.ask('populate', order));
    const rounds: Filled[] = [];
    for (let round = 0; round < plan.rounds; round += 1) {
      rounds.push(await inNewProcess(own, (cache) => cache.ask('fill', order)));
    }
    const missing = rounds.find(({ remembered }) => remembered < plan.count * 0.99);
    if (missing !== undefined) {
      throw new Error(`Only ${missing.remembered} of ${plan.count} sessions are remembered.`);
    }
    return [rowOfRounds(rounds, plan.count)];
  },
};

/** Of 100,000 sessions; where fewer were read, in proportion. */
function rowOfRounds(rounds: readonly Filled[], count: number): Row {
  const grown = rounds.map(
    ({ before, after }) => ((after - before) / megabyte) * (100_000 / count),
  );
  return rowOf(
    { case: 'local cache of 100,000 sessions', metric: 'RSS', unit: 'MB', atMost: 60, digits: 1 },
    grown,
    {
      'RSS before': rounds.map(({ before }) => before / megabyte),
      'RSS after': rounds.map(({ after }) => after / megabyte),
      'growth of the heap': rounds.map(({ heapGrowth }) => heapGrowth / megabyte),
      sessions: [count],
    },
  );
}

async function inNewProcess<Result>(
  own: AsyncDisposableStack,
  work: (cache: ReturnType<typeof callProcess<CacheCalls>>) => Promise<Result>,
): Promise<Result> {
  // With a young generation of one size: it grows by tens of megabytes where, as here and not in traffic, much of what was read
  // within seconds is kept.
  const child = fork(new URL('./cache-process.ts', import.meta.url), {
    execArgv: [...process.execArgv, ...sameCollection, '--expose-gc'],
  });
  const cache = callProcess<CacheCalls>(child);
  own.defer(() => cache.end());
  try {
    return await work(cache);
  } finally {
    await cache.end();
  }
}
