// npm run bench: builds what is measured, since users run built code, then runs the benchmarks of bench/. Installs first
// what is missing, for the repository and for bench/, which has a lock file of its own.
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, environment, nodeBinary, root } from './ensure-installed.mjs';

const bench = join(root, 'bench');

function build(...args) {
  const options = { cwd: root, env: environment(), stdio: 'inherit' };
  const { status } = spawnSync('tsc', [...args, '--pretty', 'false'], options);
  if (status !== 0) throw new Error('What is to be measured does not compile.');
}

function run() {
  ensureInstalled();
  ensureInstalled(bench);
  build('-b', 'packages/session', 'packages/express-session', 'packages/testkit');
  build('-p', 'bench');
  const child = spawn(nodeBinary(), ['bench/src/main.ts', ...process.argv.slice(2)], {
    cwd: root,
    env: environment(),
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

try {
  run();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
