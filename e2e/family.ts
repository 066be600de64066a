import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import family from '@latchkey-example/family';
import { findPortInUse } from '@latchkey-example/family/free-ports';
import { planProcesses } from '@latchkey-example/family/process-plans';

/** The hosts of the development family. */
export const hosts = ['login', 'shop', 'blog', 'toys', 'wiki'] as const;
export type Host = (typeof hosts)[number];
/** The hosts that are apps. */
export const apps = ['shop', 'blog', 'toys', 'wiki'] as const;
export type App = (typeof apps)[number];

/** The real family in processes of its own, in a data folder and on ports of a test's own. */
export interface DevelopmentFamily {
  readonly password: string;
  readonly basePort: number;
  readonly dataFolder: string;
  /** `http://shop.kittens.localhost:…` */
  origin(host: Host): string;
  /** Everything that was printed so far. */
  output(): string;
  /** The process of a host, as the printed table names it. */
  pid(host: Host): number;
  /** Ends a host's process at once, as a crash would. */
  kill(host: Host): Promise<void>;
  /** Starts a killed host again, as a process of the test. */
  revive(host: Host): Promise<void>;
  /** Starts another program with the environment of a host's process, as a second process of that app would have. */
  startBeside(host: Host, file: string): Promise<Program>;
  stop(): Promise<void>;
}

export interface FamilyChoices {
  /** `LATCHKEY_STORE`. Default: the SQLite file. */
  readonly store?: string;
  /** `LATCHKEY_BASE_PORT`. Default: the first of five free ports. */
  readonly basePort?: number;
}

export const repository: string = fileURLToPath(new URL('../', import.meta.url));

const siteOf: Readonly<Record<Host, string>> = {
  login: 'login.kittens',
  shop: 'shop.kittens',
  blog: 'blog.kittens',
  toys: 'toys.puppies',
  wiki: 'wiki.ponies',
};

/** Starts the family by the script of `npm start` and waits until it says that it is ready. */
export async function startDevelopmentFamily(
  choices: FamilyChoices = {},
): Promise<DevelopmentFamily> {
  const basePort = choices.basePort ?? (await findBasePort());
  const dataFolder = await mkdtemp(join(tmpdir(), 'latchkey-family-'));
  const password = 'correct horse battery staple';
  const environment = {
    ...process.env,
    LATCHKEY_BASE_PORT: String(basePort),
    LATCHKEY_DATA: dataFolder,
    LATCHKEY_SEED_PASSWORD: password,
    ...(choices.store === undefined ? {} : { LATCHKEY_STORE: choices.store }),
  };
  const program = startProgram([process.execPath, 'tools/start.mjs'], environment);
  await program.ready.catch(async (error: unknown) => {
    await program.stop();
    throw error;
  });
  const origin = (host: Host): string =>
    `http://${siteOf[host]}.localhost:${basePort + hosts.indexOf(host)}`;
  const pids = new Map(hosts.map((host) => [host, pidIn(program.output(), origin(host))]));
  const besides: Program[] = [];
  const portOf = (host: Host): number => basePort + hosts.indexOf(host);
  const startBeside = async (host: Host, file?: string): Promise<Program> => {
    const secret = (await readFile(join(dataFolder, 'family-secret'), 'utf8')).trim();
    const store = choices.store ?? `sqlite:${join(dataFolder, 'sessions.db')}`;
    const plans = planProcesses(
      { family, settings: { basePort, dataFolder, store }, environment },
      secret,
    );
    const plan = plans.find(({ name }) => name === host);
    if (plan === undefined) throw new Error(`The family has no ${host}.`);
    const command = [process.execPath, '--conditions=latchkey-source', file ?? plan.file] as const;
    const beside = startProgram(command, plan.environment);
    besides.push(beside);
    return beside;
  };

  return {
    password,
    basePort,
    dataFolder,
    origin,
    output: () => [program, ...besides].map((one) => one.output()).join('\n'),
    pid: (host) => pids.get(host) ?? 0,
    async kill(host) {
      process.kill(pids.get(host) ?? 0, 'SIGKILL');
      await until(async () => (await findPortInUse([portOf(host)])) === null, `${host} to be gone`);
    },
    async revive(host) {
      const again = await startBeside(host);
      pids.set(host, again.child.pid ?? 0);
      await until(async () => (await findPortInUse([portOf(host)])) !== null, `${host} to listen`);
    },
    startBeside,
    async stop() {
      await Promise.all([program, ...besides].map((one) => one.stop()));
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

/** A started program with what it printed. */
export interface Program {
  readonly child: ChildProcess;
  /** Resolves with the line that starts with `Latchkey family ready`; rejects when it ends before. */
  readonly ready: Promise<void>;
  output(): string;
  /** SIGTERM, and SIGKILL when that does not help. */
  stop(): Promise<void>;
}

/** Starts a program in the repository. */
export function startProgram(
  [file, ...args]: readonly [string, ...string[]],
  environment: NodeJS.ProcessEnv,
  options: { readonly isGroup?: boolean } = {},
): Program {
  const child = spawn(file, args, {
    cwd: repository,
    env: environment,
    // By the channel the program notices when the tests are cut off, and stops.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: options.isGroup ?? false,
  });
  let output = '';
  const ready = new Promise<void>((done, fail) => {
    const read = (text: string): void => {
      output += text;
      if (/^Latchkey family ready/m.test(output)) done();
    };
    child.stdout?.setEncoding('utf8').on('data', read);
    child.stderr?.setEncoding('utf8').on('data', read);
    child.once('error', fail);
    child.once('close', (code) => fail(new Error(`It ended with code ${code}:\n${output}`)));
  });
  // Whoever waits for it sees the failure; nobody has to.
  ready.catch(() => undefined);
  return { child, ready, output: () => output, stop: () => stopProgram(child) };
}

/** Waits for something that must become true; names it when it does not. */
export async function until(
  isTrue: () => Promise<boolean> | boolean,
  what: string,
  milliseconds = 20_000,
): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${what}.`);
    await sleep(25);
  }
}

/** The first of five free ports in a row. */
export async function findBasePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const base = 20_000 + 5 * Math.floor(Math.random() * 2_400);
    const taken = await findPortInUse([0, 1, 2, 3, 4].map((index) => base + index));
    if (taken === null) return base;
  }
  throw new Error('No five free ports in a row were found.');
}

function pidIn(output: string, origin: string): number {
  const line = output.split('\n').find((one) => one.includes(` ${origin} `)) ?? '';
  const pid = Number(/(\d+)\s*$/.exec(line)?.[1]);
  if (!Number.isSafeInteger(pid)) throw new Error(`No process is printed for ${origin}.`);
  return pid;
}

async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const cut = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await gone;
  clearTimeout(cut);
}
