import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { checkPackages } from './check-packages.ts';

const made: string[] = [];

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const good = { name: '@latchkey/session', version: '1.2.3', license: 'Apache-2.0', type: 'module' };

function repository(manifest: Readonly<Record<string, unknown>>): string {
  const root = mkdtempSync(join(tmpdir(), 'latchkey-shapes-'));
  made.push(root);
  const folder = join(root, 'packages/session');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'x', version: '1.2.3' }));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...good, ...manifest }));
  writeFileSync(join(folder, 'tsconfig.json'), '{}');
  writeFileSync(join(folder, 'README.md'), '# x');
  return root;
}

test('a package of the common shape passes', () => {
  const entry = { 'latchkey-source': './src/index.ts', types: './d.ts', default: './d.js' };
  expect(checkPackages(repository({ exports: { '.': entry } }))).toEqual([]);
});

test('a file that is missing is named', () => {
  const root = repository({});
  rmSync(join(root, 'packages/session/README.md'));
  expect(checkPackages(root)).toEqual(['packages/session has no README.md']);
});

test('another version, licence, kind of module or order of conditions is named', () => {
  const exports = { '.': { types: './d.ts', 'latchkey-source': './src/index.ts', default: './d' } };
  const root = repository({ version: '1.0.0', license: 'MIT', type: 'commonjs', exports });
  expect(checkPackages(root)).toHaveLength(4);
});

test('session may depend on nothing but cookie and tldts', () => {
  const root = repository({ dependencies: { cookie: '^2.0.2', tldts: '^7.5.4', zod: '^4.0.0' } });
  expect(checkPackages(root)).toEqual([
    'packages/session/package.json: session may not depend on zod',
  ]);
});

test('session may promise no more than 45 names', () => {
  const root = repository({});
  mkdirSync(join(root, 'packages/session/src'));
  const names = Array.from({ length: 46 }, (_, index) => `a${index}`);
  writeFileSync(
    join(root, 'packages/session/src/index.ts'),
    `export { ${names.join(', ')}, } from './a.ts';`,
  );
  expect(checkPackages(root)).toEqual([
    'packages/session/package.json: src/index.ts exports 46 names, at most 45 are meant',
  ]);
});

test('the entry of an adapter may have no more than 120 lines', () => {
  const file = './src/adapters/koa.ts';
  const root = repository({
    exports: { './koa': { 'latchkey-source': file, types: './d.ts', default: './d.js' } },
  });
  const folder = join(root, 'packages/session');
  mkdirSync(join(folder, 'src/adapters'), { recursive: true });
  const write = (lines: number): void =>
    writeFileSync(join(folder, file), 'export {};\n'.repeat(lines));
  write(120);
  expect(checkPackages(root)).toEqual([]);
  write(121);
  expect(checkPackages(root)).toEqual([
    `packages/session/package.json: ${file} has 121 lines, at most 120 are meant for an adapter`,
  ]);
});
