// npm start: the development family, after an install when one is needed.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { ensureInstalled, environment, nodeBinary, root } from './ensure-installed.mjs';

function start() {
  ensureInstalled();
  const args = ['--conditions=latchkey-source', 'examples/family/src/main.ts'];
  const family = spawn(nodeBinary(), [...args, ...process.argv.slice(2)], {
    cwd: root,
    env: environment(),
    // By the channel the family notices when this process is killed, and stops.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });

  // A terminal sends Ctrl-C to the family as well, and npm passes on what it gets: one signal from here is enough.
  let isStopping = false;
  const pass = (signal) => {
    if (!isStopping) family.kill(signal);
    isStopping = true;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => pass(signal));
  // A test that started this one with a channel, and was killed.
  process.on('disconnect', () => pass('SIGTERM'));
  family.on('error', (error) => {
    console.error(`The family could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  family.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

try {
  start();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
