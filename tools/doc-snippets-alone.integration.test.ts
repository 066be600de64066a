import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { snippetsOf } from './doc-snippets.ts';
import { createPackedProject, type PackedProject, root } from './packed-project.ts';

// What a reader copies must compile in an empty project, with nothing of the repository or of another snippet beside it.

const pages = ['README.md', ...globSync('{docs,packages/*}/**/*.md', { cwd: root })]
  .filter((file) => !file.includes('node_modules') && !file.includes('docs/decisions'))
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
const snippets = snippetsOf(pages);
/** What stands in comments of the pages: modules of readers' own, and types of packages that are not installed here. */
const hidden = pages.flatMap(({ file, text }) =>
  [...text.matchAll(/^<!-- file: (\S+)$/gm)].map(([, name]) => `${file}/${name}`),
);
const shown = snippets.filter(
  ({ file }) => !hidden.includes(file) && !file.endsWith('latchkey.config.ts'),
);

/** What snippets import besides ours and the frameworks: an app brings its own. */
const others = [
  'connect-redis',
  'express-session',
  '@types/express-session',
  'ioredis',
  'vitest',
  'ws',
  '@types/ws',
  '@hono/node-server',
  '@fastify/websocket',
  '@types/pg',
];

let project: PackedProject;
beforeAll(async () => {
  project = await createPackedProject(others);
  for (const { file, code } of snippets) {
    mkdirSync(dirname(join(project.folder, file)), { recursive: true });
    project.write(file, code);
  }
}, 300_000);
afterAll(() => project.remove());

function compile(file: string): string {
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2024',
    strict: true,
    noEmit: true,
    types: ['node'],
    // The types of Koa do not pass the check of libraries.
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    jsx: 'preserve',
  };
  const page = file.slice(0, file.indexOf('.md/') + 4);
  const beside = hidden.filter((one) => one.startsWith(page));
  project.write('tsconfig.json', { compilerOptions, files: [file, ...beside] });
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  return spawnSync(tsc, ['-p', project.folder, '--pretty', 'false'], { encoding: 'utf8' }).stdout;
}

test('there are snippets', () => {
  expect(shown.length).toBeGreaterThan(50);
});

test.each(shown.map(({ file }) => file))('%s compiles alone', (file) => {
  expect(compile(file)).toBe('');
});
