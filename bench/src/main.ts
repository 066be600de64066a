// npm run bench: measures, prints one table for each benchmark, keeps the figures in bench/results.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Results, writeResults } from './results.ts';
import { type Choice, sessionCheck } from './session-check/session-check.ts';

type Benchmark = (choice: Choice, own: AsyncDisposableStack) => Promise<Results>;

const benchmarks: Readonly<Record<string, Benchmark>> = {
  'session-check': sessionCheck,
};

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
    },
    allowPositionals: true,
  });
  const names = positionals.length === 0 ? Object.keys(benchmarks) : positionals;
  const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name));
  if (unknown.length > 0) {
    const known = Object.keys(benchmarks).join(', ');
    throw new Error(`There is no benchmark '${unknown.join("', '")}'. There are: ${known}.`);
  }
  await using own = new AsyncDisposableStack();
  stopOnSignal(own);
  const all: Results[] = [];
  for (const name of names) {
    const run = benchmarks[name];
    if (run !== undefined) all.push(await run({ isQuick: values.quick, only: values.only }, own));
  }
  if (values.only === '') keep(all, values.quick);
}

function keep(all: readonly Results[], isQuick: boolean): void {
  const [first] = all;
  if (first === undefined) return;
  const results = {
    machine: first.machine,
    versions: Object.assign({}, ...all.map(({ versions }) => versions)) as Results['versions'],
    rows: all.flatMap(({ rows }) => rows),
  };
  const date = new Date().toISOString().slice(0, 10);
  const name = `results/${date}${isQuick ? '-quick' : ''}.json`;
  writeResults(join(import.meta.dirname, '..', name), results);
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
