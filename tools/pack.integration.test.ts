import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureInstalled, nodeBinary } from './ensure-installed.mjs';
import { packAll } from './pack.ts';

const root = join(import.meta.dirname, '..');
const nodeVersions = join(root, 'tools', 'node-versions');
const names = readdirSync(join(root, 'packages')).sort();
/** Frameworks and clients that the subpaths know by their types; an app brings its own. */
const peers = ['@redis/client', '@types/express', '@types/koa', '@types/node', 'pg'];
const frameworks = ['express', 'fastify', 'hono', 'koa'];

let project = '';
const tarballs = new Map<string, string>();

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'latchkey-consumer-'));
  const packed = packAll(root, join(project, 'packed'));
  for (const [index, name] of names.entries()) tarballs.set(name, packed[index] ?? '');
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
  );
  const others = [...peers, ...frameworks].map((name) => `${name}@${versionHere(name)}`);
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packed, ...others];
  execFileSync('npm', args, { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
  ensureInstalled(nodeVersions);
}, 300_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

function versionHere(name: string): string {
  const file = join(root, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** The Node of a major version: our own for 24, else one of `tools/node-versions`. */
function nodeOf(major: number): string {
  if (major === 24) return nodeBinary();
  const name = `node-${major}-${platform()}-${arch()}`;
  return join(nodeVersions, 'node_modules', name, 'bin', 'node');
}

function inProject(file: string, text: string, major: number): string {
  writeFileSync(join(project, file), text);
  return execFileSync(nodeOf(major), [file], { cwd: project, encoding: 'utf8' });
}

/** Every entry of every package. */
const entries = names.flatMap((name) => {
  const text = readFileSync(join(root, 'packages', name, 'package.json'), 'utf8');
  const { name: full, exports = {} } = JSON.parse(text) as {
    name: string;
    exports?: Record<string, unknown>;
  };
  return Object.keys(exports).map((subpath) => full + subpath.slice(1));
});
const libraries = entries.filter((entry) => entry !== '@latchkey/cli');

test.each(names)('publint has nothing to say about %s', async (name) => {
  const tarball = readFileSync(tarballs.get(name) ?? '');
  const buffer = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.length);
  const { messages, pkg } = await publint({ pack: { tarball: buffer as ArrayBuffer } });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

describe.each([22, 24, 26])('under Node %i', (major) => {
  test('every entry can be imported, and none is empty', () => {
    const lines = libraries.map(
      (entry) => `console.log(Object.keys(await import('${entry}')).length)`,
    );
    const counts = inProject('entries.mjs', lines.join('\n'), major).trim().split('\n').map(Number);
    expect(counts.length).toBe(libraries.length);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });

  test('an app keeps a session over two requests, on memory and on SQLite', () => {
    const app = `
      import { createAppAlone } from '@latchkey/session';
      const origin = 'https://shop.example';
      for (const store of ['memory:', 'sqlite:./sessions-${major}.db']) {
        const app = createAppAlone({ origin, store });
        const first = await app.open(undefined);
        first.session.data.n = 1;
        await first.session.signIn({ id: '1', email: 'ada@shop.example', name: 'Ada' });
        const cookie = (await first.commit()).at(-1).split(';')[0];
        const { session } = await app.open(cookie);
        console.log(session.account.name, session.data.n);
        await app.store.close();
      }`;
    expect(inProject('app.mjs', app, major)).toBe('Ada 1\nAda 1\n');
  });

  test('the command says what it can do', () => {
    const command = join(project, 'node_modules', '@latchkey', 'cli', 'bin', 'latchkey.mjs');
    const help = execFileSync(nodeOf(major), [command, '--help'], { encoding: 'utf8' });
    expect(help).toContain('Usage: latchkey');
  });
});

test('a project in TypeScript compiles against every entry, with its own keys of session data', () => {
  const imports = libraries.map((entry, index) => `import * as entry${index} from '${entry}';`);
  const uses = libraries.map((_entry, index) => `entry${index}`).join(', ');
  const code = `${imports.join('\n')}
    import { createAppAlone } from '@latchkey/session';
    declare module '@latchkey/session' {
      interface SessionData { cart?: string[] }
    }
    const { session } = await createAppAlone({ origin: 'https://shop.example', store: 'memory:' }).open(undefined);
    session.data.cart = ['gnome'];
    // @ts-expect-error a cart holds texts
    session.data.cart = [1];
    export const all: unknown[] = [${uses}];`;
  writeFileSync(join(project, 'consumer.ts'), code);
  const compilerOptions = {
    ...{ module: 'nodenext', target: 'es2024', strict: true, noEmit: true, types: ['node'] },
    // The types of koa do not pass the check of libraries.
    skipLibCheck: true,
  };
  const config = { compilerOptions, files: ['consumer.ts'] };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const run = (): string =>
    execFileSync(tsc, ['-p', project, '--pretty', 'false'], { encoding: 'utf8' });
  expect(run()).toBe('');
});
