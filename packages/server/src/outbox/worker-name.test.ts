import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createWorkerName, isDeadWorker, type Processes, thisMachine } from './worker-name.ts';

const here: Processes = {
  host: 'login-1',
  pid: 7,
  startedAt: 1000,
  isRunning: (pid) => pid === 7 || pid === 8,
};

test.each([
  ['this process', createWorkerName(here), false],
  ['one that had its number before, as in a container', 'login-1/7/900', true],
  ['another process of this machine that runs', 'login-1/8/1', false],
  ['one that does not run', 'login-1/9/1', true],
  ['one of another machine', 'login-2/9/1', false],
  ['text that is no name', 'login-1', false],
  ['a number that is none', 'login-1/x/1', false],
])('a claim of %s (%s) is of the dead: %s', (_what, name, isDead) => {
  expect(isDeadWorker(name, here)).toBe(isDead);
});

test('a process that has ended runs no more, also while nobody asked how it ended', async () => {
  // The program that takes the shell's place does not know that it has a child.
  const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60']);
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  // Linux alone says so; elsewhere its number counts, and its claims run out.
  const isKnown = process.platform === 'linux';
  await vi.waitFor(() => expect(thisMachine.isRunning(pid)).toBe(!isKnown));
  expect(thisMachine.isRunning(process.pid)).toBe(true);
});
