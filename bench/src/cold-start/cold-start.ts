import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { packAll } from '../../../tools/pack.ts';
import { type Benchmark, ownFolder, type Surroundings } from '../benchmark.ts';
import { ratios } from '../figures.ts';
import { rowOf } from '../rows.ts';

interface Start {
  /** From the start of the process until its first answer was there, in milliseconds. */
  readonly answeredMilliseconds: number;
  readonly cpuMilliseconds: number;
}

const root = join(import.meta.dirname, '..', '..', '..');

/** How long a process takes from its start to its first answer, with the package as a user installs it. */
export const coldStart: Benchmark = {
  name: 'cold start',
  async run(surroundings) {
    const { isQuick, report } = surroundings;
    report('packing and installing what is started');
    const folder = await installedApps(surroundings);
    const rounds = isQuick ? 7 : 25;
    report(`${rounds} rounds`);
    const bareApp = join(folder, 'bare-app.mjs');
    const ownApp = join(folder, 'latchkey-app.mjs');
    const bare: Start[] = [];
    const ours: Start[] = [];
    // The first read the files from the disk.
    await startOnce(bareApp);
    await startOnce(ownApp);
    for (let round = 0; round < rounds; round += 1) {
      bare.push(await startOnce(bareApp));
      ours.push(await startOnce(ownApp));
    }
    const answered = (starts: readonly Start[]): number[] =>
      starts.map(({ answeredMilliseconds }) => answeredMilliseconds);
    const cpu = (starts: readonly Start[]): number[] =>
      starts.map(({ cpuMilliseconds }) => cpuMilliseconds);
    return [
      rowOf(
        {
          case: 'cold start, memory store',
          metric: 'time to the first answer, times bare node:http',
          unit: 'ratio',
          atMost: 1.4,
        },
        ratios(answered(ours), answered(bare)),
        {
          'Latchkey ms': answered(ours),
          'node:http ms': answered(bare),
          'Latchkey CPU ms': cpu(ours),
          'node:http CPU ms': cpu(bare),
        },
      ),
    ];
  },
};

/** A folder with the apps of this one, in which the packed package is installed. */
async function installedApps(surroundings: Surroundings): Promise<string> {
  const folder = await ownFolder(surroundings);
  cpSync(import.meta.dirname, folder, { recursive: true });
  const packed = await packAll(root, join(folder, 'packed'), 'session');
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packed];
  execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  return folder;
}

async function startOnce(file: string): Promise<Start> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const port = Number((await lines.next()).value);
    const answer = await ask(port);
    const answeredMilliseconds = performance.now() - startedAt;
    if (answer !== '{"signedIn":false}') throw new Error(`${file} answers wrongly: ${answer}`);
    return { answeredMilliseconds, cpuMilliseconds: Number((await lines.next()).value) / 1000 };
  } finally {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
}

async function ask(port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = { host: 'shop.example' };
  get({ port, host: '127.0.0.1', path: '/', headers, agent: false }, (response) => {
    text(response).then(resolve, reject);
  }).on('error', reject);
  return promise;
}
