import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { redisCli, until } from './redis-cli.ts';
import { runRedis, startRedisServer, type TestRedisServer } from './redis-server.ts';

/** A primary, a replica and three sentinels of a test's own, on free ports. */
export interface TestRedisSentinels {
  /** What the sentinels call the primary. */
  readonly name: string;
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  /** As they were at the start. */
  readonly primary: TestRedisServer;
  readonly replica: TestRedisServer;
  stop(): Promise<void>;
}

const name = 'kittens';

/** Starts them. A primary that does not answer for a second is replaced. Rejects when they do not find each other. */
export async function startRedisSentinels(program = 'redis-server'): Promise<TestRedisSentinels> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.toReversed()) await end();
  };
  try {
    const primary = await startRedisServer({ program });
    stops.push(() => primary.stop());
    const replicaOf = ['--replicaof', '127.0.0.1', String(primary.port)];
    const replica = await startRedisServer({ program, args: replicaOf });
    stops.push(() => replica.stop());
    await until('the replica follows', async () =>
      (await redisCli(replica.port, ['info', 'replication'])).includes('master_link_status:up'),
    );
    const sentinels: { host: string; port: number }[] = [];
    for (let count = 0; count < 3; count += 1) {
      const sentinel = await startSentinel(program, primary.port);
      stops.push(sentinel.stop);
      sentinels.push({ host: '127.0.0.1', port: sentinel.port });
    }
    await until('the sentinels know each other', async () => {
      const known = await Promise.all(sentinels.map(({ port }) => knows(port)));
      return !known.includes(false);
    });
    return { name, sentinels, primary, replica, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startSentinel(
  program: string,
  primaryPort: number,
): Promise<{ port: number; stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-sentinel-'));
  const port = await freePort();
  // A sentinel writes what it learns into its own file.
  const file = join(folder, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${name} 127.0.0.1 ${primaryPort} 2`,
    `sentinel down-after-milliseconds ${name} 1000`,
    `sentinel failover-timeout ${name} 3000`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const child = await runRedis(program, [file, '--sentinel'], '+monitor');
  return { port, stop: () => end(child, folder) };
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
  await rm(folder, { recursive: true, force: true });
}

async function knows(port: number): Promise<boolean> {
  const fields = (await redisCli(port, ['sentinel', 'master', name])).split('\n');
  const field = (key: string): string => fields[fields.indexOf(key) + 1] ?? '';
  return field('num-slaves') === '1' && field('num-other-sentinels') === '2';
}
