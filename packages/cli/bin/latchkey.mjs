#!/usr/bin/env node
// In the repository the command runs from source, which needs a Node condition on the command line; the published
// package has no src folder and runs what was built.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const oldestNode = [22, 18];

function isTooOld() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]);
}

if (isTooOld()) {
  console.error(
    `latchkey: Node ${oldestNode.join('.')} or newer is needed, this is ${process.version}.`,
  );
  process.exit(1);
}
if (existsSync(source)) {
  const args = ['--conditions=latchkey-source', source, ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
} else {
  await import('../dist/main.js');
}
