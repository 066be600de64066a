import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs a program in so many processes at once and gives what each has written: rejects with what they said where one
 * failed. The program is an ES module of source text; it reads what it needs from `process.env`.
 */
export async function runProcesses(
  count: number,
  program: string,
  env: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  return Promise.all(Array.from({ length: count }, () => runProcess(program, env)));
}

async function runProcess(program: string, env: Readonly<Record<string, string>>): Promise<string> {
  const options = ['--conditions=latchkey-source', '--input-type=module', '--eval', program];
  const child = spawn(process.execPath, options, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [written, said] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    written += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`A process failed: ${said}`);
  return written;
}
