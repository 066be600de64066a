import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const binary = fileURLToPath(new URL('../bin/latchkey.mjs', import.meta.url));
const session = new URL('../../session/src/index.ts', import.meta.url).href;

/** Enough for a command on a busy machine. */
export const secret = 'dGhpcyBpcyBhIHRlc3Qgc2VjcmV0IG9mIDQ4IGJ5dGVzIQ';

/** How a command ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with a family config, in which the real command is run. */
export interface Workplace {
  readonly folder: string;
  /** Port of the login host in the config. */
  readonly port: number;
  write(name: string, content: string): void;
  /** Runs the command to its end. `input` is its standard input; without it, that is closed. */
  run(args: readonly string[], input?: string, environment?: NodeJS.ProcessEnv): Promise<Ended>;
  /** Starts the command and leaves it running, in a process group of its own: in the repository it is two processes. */
  start(args: readonly string[]): ChildProcess;
  remove(): void;
}

/** Makes a workplace. The config reads its secrets from LATCHKEY_SECRET, comma-separated. */
export async function createWorkplace(): Promise<Workplace> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-cli-'));
  const port = await freePort();
  const environment = { ...process.env, LATCHKEY_SECRET: secret };
  const spawnCommand = (args: readonly string[], options: SpawnOptions = {}): ChildProcess =>
    spawn(process.execPath, [binary, ...args], { cwd: folder, env: environment, ...options });
  const write = (name: string, content: string): void => writeFileSync(join(folder, name), content);
  write('latchkey.config.ts', configText(port));
  return {
    folder,
    port,
    write,
    start: (args) => spawnCommand(args, { detached: true }),
    async run(args, input = '', extra = {}) {
      const child = spawnCommand(args, { env: { ...environment, ...extra } });
      child.stdin?.end(input);
      const [stdout, stderr] = await Promise.all([
        text(child.stdout ?? emptyStream()),
        text(child.stderr ?? emptyStream()),
        once(child, 'close'),
      ]);
      return { exitCode: child.exitCode, stdout, stderr };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A config in TypeScript, with a type that Node has to leave out. */
export function configText(port: number, change = ''): string {
  return `import { defineFamily, type Family } from '${session}';
const family: Family = defineFamily({
  name: 'Kittens',
  loginHost: 'http://login.kittens.localhost:${port}',
  secrets: (process.env.LATCHKEY_SECRET ?? '').split(',').filter((one) => one !== ''),
  store: 'sqlite:./data/sessions.db',
  database: 'sqlite:./data/latchkey.db',
  apps: {
    shop: { origin: 'https://shop.kittens.example' },
    wiki: {
      origin: 'https://wiki.example',
      reach: 'oidc',
      redirectUris: ['https://wiki.example/_latchkey/callback'],
    },
  },
  ${change}
});
export default family;
`;
}

async function* emptyStream(): AsyncGenerator<Buffer> {
  // Nothing: the streams of a child with pipes are always there.
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
