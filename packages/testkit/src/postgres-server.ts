import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, globSync, realpathSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { freePort } from './free-port.ts';

/** A real PostgreSQL server of a test's own, on a free port and in a folder that goes when it stops. */
export interface TestPostgresServer {
  /** `postgres://latchkey:<password>@127.0.0.1:<port>/postgres`, of a superuser. */
  readonly url: string;
  readonly port: number;
  /** Random, for this server alone. */
  readonly password: string;
  /** Breaks all connections off and ends the server without a clean shutdown. What was committed stays. */
  crash(): Promise<void>;
  /** Starts it again on the same port with what was committed. */
  start(): Promise<void>;
  /** Ends the server and removes the folder. */
  stop(): Promise<void>;
}

export interface TestPostgresServerOptions {
  /**
   * Path of the program `postgres`, with `initdb` beside it. Default: the one on PATH, else the newest in
   * `/usr/lib/postgresql`.
   */
  readonly program?: string;
  /** More arguments for it, for example `['-c', 'max_connections=5']`. */
  readonly args?: readonly string[];
}

interface Runner {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Starts a server; it does not wait for disks. PostgreSQL refuses to run as root: then it runs as the user `postgres`,
 * which its packages make. Rejects when the programs or that user are not there, or when it does not come up.
 */
export async function startPostgresServer(
  options: TestPostgresServerOptions = {},
): Promise<TestPostgresServer> {
  const { program = findPostgres(), args = [] } = options;
  const runner = findRunner();
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-postgres-'));
  const password = randomBytes(12).toString('hex');
  await makeCluster({ program, folder, password, runner });
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    shared_buffers: '16MB',
  };
  const all = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const run = () => start(program, ['-D', join(folder, 'data'), ...all, ...args], runner);
  let child = await run();

  const crash = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    // "Immediate shutdown": it takes its children along, which a SIGKILL would leave behind.
    child.kill('SIGQUIT');
    await exited;
  };
  return {
    url: `postgres://latchkey:${password}@127.0.0.1:${port}/postgres`,
    port,
    password,
    crash,
    async start() {
      child = await run();
    },
    async stop() {
      await crash();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function findPostgres(): string {
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((place) => join(place, 'postgres'));
  const major = (path: string): number => Number.parseInt(path.split('/')[4] ?? '', 10);
  const debian = globSync('/usr/lib/postgresql/*/bin/postgres').sort((a, b) => major(b) - major(a));
  const found = [...onPath, ...debian].find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error('PostgreSQL is not installed. On Debian, as root: apt-get install postgresql');
}

/** Whom the server runs as: this user, or `postgres` in place of root. */
function findRunner(): Runner {
  if (process.getuid?.() !== 0) return {};
  try {
    const id = (flag: string): number =>
      Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: 'pipe' }));
    return { uid: id('-u'), gid: id('-g') };
  } catch (cause) {
    const message = 'PostgreSQL does not run as root, and there is no user `postgres`.';
    throw new Error(message, { cause });
  }
}

async function makeCluster(given: {
  program: string;
  folder: string;
  password: string;
  runner: Runner;
}): Promise<void> {
  const { program, folder, password, runner } = given;
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  const { uid, gid } = runner;
  if (uid !== undefined && gid !== undefined) {
    await chmod(folder, 0o700);
    for (const path of [folder, passwordFile]) await chown(path, uid, gid);
  }
  const args = ['-D', join(folder, 'data'), '-U', 'latchkey', '--auth=scram-sha-256'];
  args.push(`--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C', '--no-sync');
  // The program may be a link from PATH into the folder where its companions are.
  const initdb = join(dirname(realpathSync(program)), 'initdb');
  execFileSync(initdb, args, { ...runner, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** The running process, once it says that it takes connections. */
async function start(
  program: string,
  args: readonly string[],
  runner: Runner,
): Promise<ChildProcess> {
  const child = spawn(program, args, { ...runner, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      // Read for ever, or the server would stand still; kept until it is up.
      if (output.length < 100_000) output += text;
      if (/ready to accept (read-only )?connections/.test(output)) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`${program} did not start:\n${output}`)));
  });
  return child;
}
