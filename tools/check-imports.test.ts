import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { checkImports } from './check-imports.ts';
import { parseImports } from './read-imports.ts';

const made: string[] = [];

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function repository(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'latchkey-walls-'));
  made.push(root);
  const manifests = {
    'package.json': JSON.stringify({ devDependencies: { express: '^5', vitest: '^5' } }),
    'packages/session/package.json': JSON.stringify({
      name: '@latchkey/session',
      dependencies: { cookie: '^2' },
      peerDependencies: { '@redis/client': '^6' },
    }),
    'packages/server/package.json': JSON.stringify({
      name: '@latchkey/server',
      dependencies: { '@latchkey/session': '0.1.0' },
    }),
  };
  for (const [file, text] of Object.entries({ ...manifests, ...files })) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

function check(file: string, text: string): string[] {
  return checkImports(repository({ [file]: text }));
}

test('what serves every store imports none of them', () => {
  const line = "import { x } from '../redis/keys.ts';";
  expect(check('packages/session/src/store/lease/a.ts', line)).toHaveLength(1);
  expect(check('packages/session/src/store/postgres/a.ts', line)).toEqual([]);
});

test('the walls of this repository stand', () => {
  expect(checkImports(resolve(import.meta.dirname, '..'))).toEqual([]);
});

test('a package may import the packages that the table names and no other', () => {
  expect(check('packages/server/src/a.ts', "import { x } from '@latchkey/session/parts';")).toEqual(
    [],
  );
  expect(check('packages/session/src/a.ts', "import { x } from '@latchkey/server';")).toEqual([
    "packages/session/src/a.ts:1 imports '@latchkey/server': session may import nothing of ours",
  ]);
});

test('only a test may import the testkit', () => {
  const line = "import { storeContract } from '@latchkey/testkit';";
  expect(check('packages/session/src/store/a.test.ts', line)).toEqual([]);
  expect(check('packages/session/src/store/a.ts', line)).toHaveLength(1);
});

test('a stage of session may import root files but no other stage', () => {
  expect(check('packages/session/src/cookie/a.ts', "import { x } from '../errors.ts';")).toEqual(
    [],
  );
  expect(
    check('packages/session/src/cookie/a.ts', "import type { X } from '../store/memory.ts';"),
  ).toEqual([
    "packages/session/src/cookie/a.ts:1 imports '../store/memory.ts': cookie/ may not import store/",
  ]);
});

test('a framework is imported in adapters alone, and by its types only', () => {
  const type = "import type { Request } from 'express';";
  expect(check('packages/session/src/adapters/express.ts', type)).toEqual([]);
  expect(check('packages/session/src/session-object/a.ts', type)).toHaveLength(1);
  expect(
    check('packages/session/src/adapters/express.ts', "import express from 'express';"),
  ).toHaveLength(1);
});

test('an optional client may be loaded lazily but not imported', () => {
  const file = 'packages/session/src/store/redis/redis.ts';
  expect(check(file, "const client = await import('@redis/client');")).toEqual([]);
  expect(check(file, "import { createClient } from '@redis/client';")).toHaveLength(1);
});

test('a package that is not declared is refused', () => {
  expect(check('packages/session/src/a.ts', "import x from 'left-pad';")).toEqual([
    "packages/session/src/a.ts:1 imports 'left-pad': left-pad is not in the package.json it needs to be in",
  ]);
});

test('a relative import may not leave its package, nor go through its own index', () => {
  const up = "import { x } from '../../server/src/a.ts';";
  expect(check('packages/session/src/a.ts', up)).toHaveLength(1);
  expect(check('packages/session/src/a.ts', "import { x } from './index.ts';")).toHaveLength(1);
});

test('folders that import one another in a circle are named', () => {
  const root = repository({
    'packages/server/src/accounts/a.ts': "import { b } from '../sign-in/b.ts';",
    'packages/server/src/sign-in/b.ts': "export { c } from '../pages/c.ts';",
    'packages/server/src/pages/c.ts': "import { a } from '../accounts/a.ts';",
  });
  expect(checkImports(root)).toEqual([
    'import cycle: packages/server/src/accounts -> packages/server/src/sign-in -> ' +
      'packages/server/src/pages -> packages/server/src/accounts',
  ]);
});

test('imports over several lines, re-exports, side effects and lazy imports are all found', () => {
  const text = [
    '/** An example:',
    " * import { no } from 'comment';",
    ' */',
    "import { a, type B } from './a.ts';",
    'import {',
    '  c,',
    "} from './c.ts';",
    "export type { D } from './d.ts';",
    "import './side-effect.ts';",
    "// import 'not.ts';",
    "const e = import('./e.ts');",
    "export const f: string = 'from';",
  ].join('\n');
  expect(
    parseImports('x.ts', text).map(({ line, specifier, kind }) => [line, specifier, kind]),
  ).toEqual([
    [4, './a.ts', 'value'],
    [5, './c.ts', 'value'],
    [8, './d.ts', 'type'],
    [9, './side-effect.ts', 'value'],
    [11, './e.ts', 'lazy'],
  ]);
});
