import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deriveAppKey } from '@latchkey/session/parts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configText, createWorkplace, secret, type Workplace } from '../test/command.ts';

let place: Workplace;
beforeEach(async () => {
  place = await createWorkplace();
});
afterEach(() => place.remove());

const session = fileURLToPath(new URL('../../session/src/index.ts', import.meta.url));
const key = `${deriveAppKey(secret, 'shop')}\n`;
const appKey = ['app-key', 'shop'];

test('a config elsewhere is named with --config', async () => {
  mkdirSync(join(place.folder, 'login'));
  place.write('login/family.ts', configText(place.port));
  const ended = await place.run([...appKey, '--config', 'login/family.ts']);
  expect(ended.stdout).toBe(key);
});

test('relative paths in a config start in its folder, wherever the command is called', async () => {
  mkdirSync(join(place.folder, 'login'));
  place.write('login/family.ts', configText(place.port));
  const add = ['account', 'add', 'ada@kittens.example', '--name', 'Ada', '--password-stdin'];
  await place.run([...add, '--config', 'login/family.ts'], 'correct horse battery');
  const inFolder = await place.run(['account', 'list', '--config', './login/family.ts']);
  expect(inFolder.stdout).toContain('ada@kittens.example');
  const outside = await place.run(['account', 'list']);
  expect(outside.stdout).toContain('There are no accounts yet.');
});

test('a config in JavaScript is found without being named', async () => {
  const fresh = join(place.folder, 'plain');
  mkdirSync(fresh);
  const plain = configText(place.port).replace('type Family', '').replace(': Family', '');
  place.write('plain/latchkey.config.mjs', plain);
  const ended = await place.run([...appKey, '--config', 'plain/latchkey.config.mjs']);
  expect(ended.stdout).toBe(key);
});

describe('in a package of CommonJS', () => {
  const family = (): string => configText(place.port).replace(/import .*;/, '');
  const required = (): string =>
    `const { defineFamily } = require(${JSON.stringify(session)});
    ${family().replace(': Family', '')}`;

  beforeEach(() => place.write('package.json', '{"name":"kittens","type":"commonjs"}'));

  test.each([
    ['latchkey.config.mts', () => configText(place.port)],
    ['latchkey.config.cts', () => required().replace('export default', 'module.exports =')],
    ['latchkey.config.ts', () => required().replace('export default', 'module.exports =')],
    ['latchkey.config.cjs', () => required().replace('export default', 'exports.default =')],
  ])('%s works', async (name, content) => {
    rmSync(join(place.folder, 'latchkey.config.ts'));
    place.write(name, content());
    expect(await place.run(appKey)).toEqual({ exitCode: 0, stdout: key, stderr: '' });
  });

  test('what cannot work says which name would, and nothing else stands there', async () => {
    const ended = await place.run([...appKey, '--json']);
    expect(ended.exitCode).toBe(2);
    expect(JSON.parse(ended.stderr)).toEqual({
      error: { code: 'config_unreadable', message: expect.stringContaining('latchkey.config.mts') },
    });
  });
});

test('a package.json without type is no word worth', async () => {
  place.write('package.json', '{"name":"kittens"}');
  expect(await place.run(appKey)).toEqual({ exitCode: 0, stdout: key, stderr: '' });
});

test.for<[string, string, string | null, string, string]>([
  ['a file that is not there', 'nowhere.ts', null, 'config_not_found', 'There is no file'],
  [
    'no family',
    'a.ts',
    "export default { name: 'Kittens', apps: {} };",
    'config_not_family',
    'defineFamily',
  ],
  ['no default export', 'a.ts', 'export const family = 1;', 'config_not_family', 'default export'],
  [
    'what Node cannot strip',
    'a.ts',
    'enum Reach { shared }\nexport default Reach;',
    'config_unreadable',
    'without enum',
  ],
  ['no TypeScript at all', 'a.ts', 'export default {{', 'config_unreadable', 'cannot be loaded'],
  [
    'an import that is not installed',
    'a.ts',
    "import 'not-there-at-all';",
    'config_unreadable',
    'not-there-at-all',
  ],
  [
    'an error of its own',
    'a.ts',
    "throw new Error('redis://:pass@host is away');",
    'config_unreadable',
    'redis://[secret]@host is away',
  ],
])('%s is said in one line', async ([_what, name, content, code, words]) => {
  if (content !== null) place.write(name, content);
  const ended = await place.run([...appKey, '--config', name, '--json']);
  expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
  expect(JSON.parse(ended.stderr)).toEqual({
    error: { code, message: expect.stringContaining(words) },
  });
});

test('what defineFamily refuses is passed on', async () => {
  place.write('latchkey.config.ts', configText(place.port, 'sesion: {},'));
  const ended = await place.run([...appKey, '--json']);
  expect(ended.exitCode).toBe(2);
  expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code: 'option_invalid' } });
});
