import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

/** A real Redis or Valkey server of a test's own, on a free port and in a folder that goes when it stops. */
export interface TestRedisServer {
  /** `redis://127.0.0.1:<port>/0` */
  readonly url: string;
  readonly port: number;
  /** Ends the process at once, as a crash would. What was written stays. */
  crash(): Promise<void>;
  /** Starts the process again on the same port with what was written. */
  start(): Promise<void>;
  /** Keeps a copy of what is written now; `restore` puts it in the place of what was written since. After `crash`. */
  snapshot(): Promise<void>;
  restore(): Promise<void>;
  /** Freezes the process: connections stay open, nothing answers. */
  freeze(): void;
  thaw(): void;
  /** Ends the process and removes the folder. */
  stop(): Promise<void>;
}

export interface TestRedisServerOptions {
  /** The server program, as a path or a name on PATH. Default `redis-server`. */
  readonly program?: string;
  /** More arguments for it, for example `['--requirepass', 'secret']`. */
  readonly args?: readonly string[];
}

/** Starts a server. Rejects when the program is not there or does not come up. */
export async function startRedisServer(
  options: TestRedisServerOptions = {},
): Promise<TestRedisServer> {
  const { program = 'redis-server', args = [] } = options;
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-redis-'));
  const port = await freePort();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
  // Written at once, so that a crash loses nothing that a test then looks for.
  const durable = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
  let child = await runRedis(program, [...settings, ...durable, ...args]);

  const crash = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  return {
    url: `redis://127.0.0.1:${port}/0`,
    port,
    crash,
    async start() {
      child = await runRedis(program, [...settings, ...durable, ...args]);
    },
    snapshot: () => replaceFolder(folder, `${folder}-snapshot`),
    restore: () => replaceFolder(`${folder}-snapshot`, folder),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async stop() {
      await crash();
      await rm(folder, { recursive: true, force: true });
      await rm(`${folder}-snapshot`, { recursive: true, force: true });
    },
  };
}

async function replaceFolder(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await cp(from, to, { recursive: true });
}

/** A process of Redis, once it has said that it is ready. */
export async function runRedis(
  program: string,
  args: readonly string[],
  isReady = 'Ready to accept connections',
): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes(isReady)) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`${program} did not start:\n${output}`)));
  });
  await ready;
  return child;
}
