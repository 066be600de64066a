import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPortInUse } from '@latchkey-example/family/free-ports';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findBasePort, hosts, type Program, startProgram, until } from './family.ts';

let folder: string;
let basePort: number;
let programs: Program[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-supervisor-'));
  basePort = await findBasePort();
  programs = [];
});
afterEach(async () => {
  await Promise.all(programs.map((program) => program.stop()));
  await rm(folder, { recursive: true, force: true });
});

function run(
  command: readonly [string, ...string[]],
  extra: NodeJS.ProcessEnv = {},
  isGroup = false,
): Program {
  const own = { LATCHKEY_BASE_PORT: String(basePort), LATCHKEY_DATA: folder };
  const program = startProgram(command, { ...process.env, ...own, ...extra }, { isGroup });
  programs.push(program);
  return program;
}

const ports = (): readonly number[] => hosts.map((_, index) => basePort + index);

/** Everything is stopped and every port free, two seconds after the signal at the latest. */
async function expectStopped(program: Program): Promise<void> {
  const { child } = program;
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  await until(
    async () => isGone() && (await findPortInUse(ports())) === null,
    'everything to stop',
    2_000,
  );
}

async function exitCodeOf(program: Program): Promise<number | null> {
  await until(() => program.child.exitCode !== null, 'the program to end');
  return program.child.exitCode;
}

describe('npm start', () => {
  test('SIGTERM to its own process, even twice, stops everything', async () => {
    const program = run(['npm', 'start']);
    await program.ready;
    program.child.kill('SIGTERM');
    program.child.kill('SIGTERM');
    await expectStopped(program);
  });

  test('prints where the family is and who can sign in, and keeps secrets to itself', async () => {
    const program = run(['npm', 'start']);
    await program.ready;
    const output = program.output();
    for (const port of ports()) expect(output).toMatch(new RegExp(`localhost:${port}\\b`));
    const password = (await readFile(join(folder, 'seed-password'), 'utf8')).trim();
    for (const person of ['ada', 'ben', 'cat', 'dan']) {
      expect(output).toMatch(new RegExp(`${person}@kittens\\.example +${password}`));
    }
    const lines = output.trim().split('\n');
    expect(lines.at(-1)).toMatch(/^Latchkey family ready/);
    const secret = (await readFile(join(folder, 'family-secret'), 'utf8')).trim();
    expect((await stat(join(folder, 'family-secret'))).mode & 0o777).toBe(0o600);
    expect(output).not.toContain(secret);
    const environments = await environmentsOf(output);
    expect(environments).toHaveLength(hosts.length);
    expect(environments.filter((one) => one.includes(secret))).toHaveLength(1);
    expect(environments.filter((one) => one.includes('LATCHKEY_APP_KEY='))).toHaveLength(4);
  });
});

describe('the family', () => {
  test('stops with Ctrl-C, which a terminal sends to every process of the group', async () => {
    const program = run([process.execPath, 'tools/start.mjs'], {}, true);
    await program.ready;
    process.kill(-(program.child.pid ?? 0), 'SIGINT');
    await expectStopped(program);
    expect(program.output()).not.toContain('by itself');
    expect(program.child.exitCode).toBe(0);
  });

  test.each([
    ['the process that npm started', ['tools/start.mjs']],
    ['its supervisor', ['--conditions=latchkey-source', 'examples/family/src/main.ts']],
  ])('stops when %s is killed', async (_what, args) => {
    const program = run([process.execPath, ...args]);
    await program.ready;
    program.child.kill('SIGKILL');
    await expectStopped(program);
  });

  test('stops when it is told so while it starts', async () => {
    const program = run([process.execPath, 'tools/start.mjs']);
    await until(async () => (await findPortInUse(ports())) !== null, 'the first process to listen');
    program.child.kill('SIGTERM');
    await expectStopped(program);
  });

  test('keeps its secret and people over a restart', async () => {
    const first = run([process.execPath, 'tools/start.mjs']);
    await first.ready;
    await first.stop();
    const secret = await readFile(join(folder, 'family-secret'), 'utf8');
    const second = run([process.execPath, 'tools/start.mjs']);
    await second.ready;
    expect(await readFile(join(folder, 'family-secret'), 'utf8')).toBe(secret);
  });
});

describe('what cannot start says so in one line, with exit code 1', () => {
  test.each([0, 3, 4])('port %i of the five in use, and nothing is left running', async (index) => {
    const blocker = createServer();
    await new Promise<void>((done) => blocker.listen(basePort + index, '127.0.0.1', done));
    const program = run([process.execPath, 'tools/start.mjs']);
    expect(await exitCodeOf(program)).toBe(1);
    expect(program.output().trim()).toBe(
      `Port ${basePort + index} is in use: stop what listens there, or set LATCHKEY_BASE_PORT to the first of 5 free ports.`,
    );
    const others = ports().filter((port) => port !== basePort + index);
    expect(await findPortInUse(others)).toBeNull();
    expect(await readdir(folder)).toEqual([]);
    await new Promise((done) => blocker.close(done));
  });

  test.each([
    ['NODE_ENV', 'production', /NODE_ENV=production/],
    ['LATCHKEY_BASE_PORT', 'eighty', /LATCHKEY_BASE_PORT must be a whole number/],
    ['LATCHKEY_SECRET', 'too-short-to-keep', /LATCHKEY_SECRET holds a secret of less than 32/],
    ['LATCHKEY_STORE', 'mongo://127.0.0.1/', /No store answers to that URL/],
  ])('%s set to %s', async (name, value, line) => {
    const program = run([process.execPath, 'tools/start.mjs'], { [name]: value });
    expect(await exitCodeOf(program)).toBe(1);
    expect(program.output()).toMatch(line);
    expect(program.output().trim().split('\n')).toHaveLength(1);
    expect(program.output()).not.toContain('too-short-to-keep');
    expect(await findPortInUse(ports())).toBeNull();
  });
});

/** The environments of the family's processes, by the numbers in the printed table. */
function environmentsOf(output: string): Promise<readonly string[]> {
  const numbers = output.matchAll(/localhost:\d+ .*?(\d+)$/gm);
  return Promise.all([...numbers].map(([, pid]) => readFile(`/proc/${pid}/environ`, 'utf8')));
}
