import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureInstalled, nodeBinary } from './ensure-installed.mjs';
import { createPackedProject, type PackedProject, root } from './packed-project.ts';

// What docs/packages.md says of CommonJS, older compilers and Jest.

const foreign = join(root, 'tools', 'foreign-tools');
const inForeign = (path: string): string => join(foreign, 'node_modules', path);
const compilers = {
  'TypeScript 4.9': inForeign('typescript-4/bin/tsc'),
  'TypeScript 5.9': inForeign('typescript/bin/tsc'),
  'TypeScript 7': join(root, 'node_modules', '.bin', 'tsc'),
};

let project: PackedProject;

beforeAll(async () => {
  project = await createPackedProject([
    'connect-redis',
    'express-session',
    '@types/express-session',
  ]);
  ensureInstalled(foreign);
  project.write('app.ts', app);
}, 300_000);

afterAll(() => project.remove());

/** An app on the drop-in, with a store package that imports the original, and one on our own sessions. */
const app = `
  import { createAppAlone } from '@latchkey/session';
  import { sessions } from '@latchkey/session/express';
  import { session } from '@latchkey/express-session';
  import { RedisStore } from 'connect-redis';
  import express from 'express';
  declare module '@latchkey/express-session' {
    interface SessionData { visits: number }
  }
  export const app = express();
  const store = new RedisStore({ client: {} });
  app.use(session({ secret: 'a secret', store, resave: false, saveUninitialized: false }));
  app.get('/', (request, response) => {
    request.session.visits = (request.session.visits ?? 0) + 1;
    // @ts-expect-error a number
    request.session.visits = 'many';
    response.send(request.session.id);
  });
  export const alone = sessions({ origin: 'https://a.example', store: 'memory:' });
  export { createAppAlone };
`;

function run(file: string, args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(nodeBinary(), [file, ...args], { cwd: project.folder, encoding: 'utf8' });
}

function compile(compiler: keyof typeof compilers, isCommonJs: boolean, options: object): string {
  project.write('package.json', { private: true, type: isCommonJs ? 'commonjs' : 'module' });
  const types = { types: ['node'], esModuleInterop: true };
  const compilerOptions = { strict: true, noEmit: true, target: 'es2022', ...types, ...options };
  project.write('tsconfig.json', { compilerOptions, files: ['app.ts'] });
  const args = ['-p', project.folder, '--pretty', 'false'];
  const file = compilers[compiler];
  const { stdout } = file.endsWith('.bin/tsc')
    ? spawnSync(file, args, { cwd: project.folder, encoding: 'utf8' })
    : run(file, args);
  return stdout;
}

describe('an app compiles against the packed packages, libraries checked too,', () => {
  test.each([
    ['TypeScript 5.9', true, { module: 'commonjs', moduleResolution: 'node10' }],
    ['TypeScript 5.9', true, { module: 'nodenext' }],
    ['TypeScript 5.9', false, { module: 'nodenext' }],
    ['TypeScript 5.9', false, { module: 'node16' }],
    ['TypeScript 5.9', false, { module: 'esnext', moduleResolution: 'bundler' }],
    ['TypeScript 5.9', true, { module: 'preserve', moduleResolution: 'bundler' }],
    ['TypeScript 7', true, { module: 'nodenext' }],
    ['TypeScript 7', false, { module: 'nodenext' }],
    ['TypeScript 7', false, { module: 'esnext', moduleResolution: 'bundler' }],
  ] as const)('with %s, CommonJS %s, %o', (compiler, isCommonJs, options) => {
    expect(compile(compiler, isCommonJs, { ...options, skipLibCheck: false })).toBe('');
  });

  test.each([
    [true, { module: 'commonjs', moduleResolution: 'node' }],
    [false, { module: 'nodenext' }],
  ] as const)(
    'with TypeScript 4.9, which cannot read the types of Node, CommonJS %s, %o',
    (isCommonJs, options) => {
      expect(compile('TypeScript 4.9', isCommonJs, { ...options, skipLibCheck: true })).toBe('');
    },
  );

  test('not as CommonJS with `module: node16`, which knows no `require` of ES modules', () => {
    expect(compile('TypeScript 5.9', true, { module: 'node16' })).toContain('error TS1479');
  });
});

describe('Jest 30 runs tests of an app', () => {
  const jest = inForeign('jest/bin/jest.js');
  const body = `
    test('the app has sessions', async () => {
      expect(session({ secret: 'a secret' }).name).toBe('session');
      const app = createAppAlone({ origin: 'https://a.example', store: 'memory:' });
      const opened = await app.open(undefined);
      opened.session.data.cart = 1;
      expect(await opened.commit()).toHaveLength(1);
    });`;
  const imports = `
    import { createAppAlone } from '@latchkey/session';
    import { session } from '@latchkey/express-session';`;
  const requires = `
    const { createAppAlone } = require('@latchkey/session');
    const { session } = require('@latchkey/express-session');`;
  const transform = {
    '^.+\\.ts$': [
      inForeign('ts-jest'),
      {
        tsconfig: { module: 'commonjs', esModuleInterop: true, target: 'es2022', types: ['jest'] },
        diagnostics: { exclude: ['**'] },
      },
    ],
  };

  function runJest(file: string, text: string, config: object = {}): SpawnSyncReturns<string> {
    project.write('package.json', { private: true });
    project.write(file, text);
    const settings = { rootDir: project.folder, testMatch: [`<rootDir>/${file}`], transform: {} };
    const path = project.write('jest.config.json', { ...settings, ...config });
    return spawnSync(nodeBinary(), ['--experimental-vm-modules', jest, '-c', path], {
      cwd: project.folder,
      encoding: 'utf8',
    });
  }

  test('in ES modules', () => {
    expect(runJest('es.test.mjs', imports + body).stderr).toContain('1 passed');
  });

  test('in CommonJS', () => {
    expect(runJest('common.test.cjs', requires + body).stderr).toContain('1 passed');
  });

  test('in TypeScript through ts-jest, compiled to CommonJS', () => {
    const { stderr } = runJest('typed.test.ts', imports + body, { transform });
    expect(stderr).toContain('1 passed');
  });
});
