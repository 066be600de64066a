// npm run bench: measures, prints one table, keeps the figures in bench/results.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.ts';
import { readResults, tableOfBoth } from './both-runs.ts';
import { coldStart } from './cold-start/cold-start.ts';
import { handshakeToken } from './handshake-token/handshake-token.ts';
import { localCache } from './redis-memory/local-cache.ts';
import { redisMemory } from './redis-memory/redis-memory.ts';
import { describeMachine, describeVersions, writeResults } from './results.ts';
import { type Row, tableOf } from './rows.ts';
import { sessionChecks } from './session-check/benchmarks.ts';
import { passwordLoad } from './session-check/password-load.ts';
import { signOuts } from './sign-outs/sign-outs.ts';
import { layOut } from './table.ts';

const benchmarks: readonly Benchmark[] = [
  ...sessionChecks,
  passwordLoad,
  signOuts,
  redisMemory,
  localCache,
  coldStart,
  handshakeToken,
];

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      both: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const { quick: isQuick, only } = values;
  if (values.both) {
    printBoth(positionals);
    return;
  }
  const chosen = benchmarks.filter(({ name }) => name.includes(only));
  if (chosen.length === 0) {
    const names = benchmarks.map(({ name }) => name).join(', ');
    throw new Error(`There is no benchmark with '${only}' in its name. There are: ${names}.`);
  }
  await using all = new AsyncDisposableStack();
  stopOnSignal(all);
  const rows: Row[] = [];
  for (const benchmark of chosen) rows.push(...(await runOne(benchmark, isQuick, all)));
  console.log('\nMedians of interleaved rounds. Latchkey runs as it is published, built.\n');
  for (const line of layOut(tableOf(rows))) console.log(line);
  keep(rows, only === '' ? (isQuick ? '-quick' : '') : '-part');
}

async function runOne(
  { name, run }: Benchmark,
  isQuick: boolean,
  all: AsyncDisposableStack,
): Promise<readonly Row[]> {
  const startedAt = performance.now();
  await using own = all.use(new AsyncDisposableStack());
  const report = (line: string): void => console.log(`  ${name}: ${line}`);
  const rows = await run({ isQuick, own, report });
  report(`${((performance.now() - startedAt) / 1000).toFixed(0)} seconds`);
  return rows;
}

/** Two kept runs beside one another. */
function printBoth([first, second]: readonly string[]): void {
  if (first === undefined || second === undefined) {
    throw new Error('Name two kept runs: npm run bench -- --both FIRST.json SECOND.json');
  }
  for (const line of layOut(tableOfBoth(readResults(first), readResults(second)))) {
    console.log(line);
  }
}

/** Only whole, long runs are kept for good; the others are not under version control. */
function keep(rows: readonly Row[], suffix: '' | '-quick' | '-part'): void {
  const date = new Date().toISOString().slice(0, 10);
  const folder = join(import.meta.dirname, '..');
  const first = `results/${date}${suffix}.json`;
  const isSecond = suffix === '' && existsSync(join(folder, first));
  const name = isSecond ? `results/${date}-second.json` : first;
  const results = { machine: describeMachine(), versions: describeVersions(), rows };
  writeResults(join(folder, name), results);
  console.log(`\nKept in bench/${name}.`);
}

/** What was started is stopped on the way out, also when the run is cut short. */
function stopOnSignal(own: AsyncDisposableStack): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void own.disposeAsync().finally(() => process.exit(130)));
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
