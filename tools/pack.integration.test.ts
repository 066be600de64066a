import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureInstalled, nodeBinary } from './ensure-installed.mjs';
import { createPackedProject, type PackedProject, packageNames, root } from './packed-project.ts';

const nodeVersions = join(root, 'tools', 'node-versions');

let project: PackedProject;

beforeAll(async () => {
  project = await createPackedProject();
  ensureInstalled(nodeVersions);
}, 300_000);

afterAll(() => project.remove());

/** The Node of a major version: our own for 24, else one of `tools/node-versions`. */
function nodeOf(major: number): string {
  if (major === 24) return nodeBinary();
  const name = `node-${major}-${platform()}-${arch()}`;
  return join(nodeVersions, 'node_modules', name, 'bin', 'node');
}

function inProject(file: string, text: string, major: number): string {
  project.write(file, text);
  return execFileSync(nodeOf(major), [file], { cwd: project.folder, encoding: 'utf8' });
}

/** Every entry of every package. */
const entries = packageNames.flatMap((name) => {
  const text = readFileSync(join(root, 'packages', name, 'package.json'), 'utf8');
  const { name: full, exports = {} } = JSON.parse(text) as {
    name: string;
    exports?: Record<string, unknown>;
  };
  return Object.keys(exports).map((subpath) => full + subpath.slice(1));
});
/** These hold types alone, or start a program. */
const withoutNames = ['@latchkey/cli', '@latchkey/session/express-request'];
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
};
const libraries = entries.filter((entry) => !withoutNames.includes(entry));

test.each(packageNames)('publint has nothing to say about %s', async (name) => {
  const tarball = readFileSync(project.tarballs.get(name) ?? '');
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

  test('the command says what it can do, and finds the files of its package', () => {
    const command = join(project.folder, 'node_modules', '@latchkey', 'cli', 'bin', 'latchkey.mjs');
    const run = (option: string) =>
      execFileSync(nodeOf(major), [command, option], { encoding: 'utf8' });
    expect(run('--help')).toContain('Usage: latchkey');
    expect(run('--version').trim()).toBe(version);
  });
});

test('an app that starts loads few files, none of them for a store that it does not use', () => {
  const app = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({
      load(url, context, next) {
        if (url.includes('/@latchkey/')) loaded.push(url);
        return next(url, context);
      },
    });
    const { sessions } = await import('@latchkey/session/node');
    sessions({ origin: 'https://shop.example', store: 'memory:' });
    console.log(JSON.stringify(loaded));`;
  const loaded = JSON.parse(inProject('starts.mjs', app, 24)) as string[];
  expect(loaded.length).toBeLessThan(20);
  expect(loaded.filter((url) => /redis|postgres|sqlite/.test(url))).toEqual([]);
});

test('a package finds the lists that it brings', () => {
  const program = `
    import { readLists, shippedLists } from '@latchkey/exposure';
    console.log(readLists(shippedLists).length > 0);`;
  expect(inProject('lists.mjs', program, 24)).toBe('true\n');
});

test('entries share what lies behind them: an error of one is an error of all', () => {
  const app = `
    import { LatchkeyError } from '@latchkey/session';
    import { sessions } from '@latchkey/session/node';
    try { sessions({ origin: 'not an origin', store: 'memory:' }); }
    catch (error) { console.log(error instanceof LatchkeyError); }`;
  expect(inProject('shares.mjs', app, 24)).toBe('true\n');
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
  project.write('consumer.ts', code);
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2024',
    strict: true,
    noEmit: true,
    types: ['node'],
    // The types of koa do not pass the check of libraries.
    skipLibCheck: true,
  };
  project.write('tsconfig.json', { compilerOptions, files: ['consumer.ts'] });
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const run = (): string =>
    execFileSync(tsc, ['-p', project.folder, '--pretty', 'false'], { encoding: 'utf8' });
  expect(run()).toBe('');
});
