import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { root } from './ensure-installed.mjs';

const plugin = join(root, 'tools/no-literal-spread.grit');
const folder = mkdtempSync(join(tmpdir(), 'latchkey-lint-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The lines of `source` that Biome refuses when it knows this rule alone. */
function refused(source: readonly string[]): string[] {
  const config = { root: true, plugins: [plugin], linter: { rules: { preset: 'none' } } };
  writeFileSync(join(folder, 'biome.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'source.ts'), source.join('\n'));
  const args = ['lint', '--colors=off', '--max-diagnostics=none'];
  const { stdout, stderr } = spawnSync(join(root, 'node_modules/.bin/biome'), args, {
    cwd: folder,
    encoding: 'utf8',
  });
  const places = `${stdout}${stderr}`.matchAll(/^source\.ts:(\d+):\d+ plugin /gm);
  return [...places].map(([, line]) => source[Number(line) - 1] ?? '');
}

test('a literal spread into a literal is refused, bare, in parentheses, or with a type', () => {
  const lines = [
    'export const bare = { ...{ a: 1 }, b };',
    'call({ ...{ a, b } });',
    'export const wrapped = { ...({ a: 1 }), b };',
    'export const constant = { ...({ a: 1 } as const), b };',
    'export const checked = { ...({ a: 1 } satisfies A), b };',
  ];
  expect(refused(lines)).toEqual(lines);
});

test('spreads of values and of choices stay', () => {
  expect(
    refused([
      'export const value = { ...a, b };',
      'export const choice = { ...(b === undefined ? {} : { b }) };',
      'export const plain = { a: { b } };',
    ]),
  ).toEqual([]);
});

test('the lint of this repository has the rule', () => {
  const config: unknown = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
  expect(config).toHaveProperty('plugins', ['./tools/no-literal-spread.grit']);
});
