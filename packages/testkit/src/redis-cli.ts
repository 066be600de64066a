import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** What `redis-cli` answers. It is installed with the server's tools. Rejects when it fails. */
export async function redisCli(port: number, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('redis-cli', ['-p', String(port), ...args]);
  return stdout.trim();
}

/** Resolves once `isSo` does not reject and says yes. Rejects after `seconds`. */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  seconds = 30,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await isSo().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`Not within ${seconds} s: ${what}.`);
    await sleep(50);
  }
}
