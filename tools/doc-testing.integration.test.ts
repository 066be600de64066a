import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { codeBlocks } from './markdown.ts';

const root = join(import.meta.dirname, '..');

test('the test of docs/testing.md passes as it stands there', () => {
  const blocks = codeBlocks(readFileSync(join(root, 'docs/testing.md'), 'utf8'));
  const code = blocks.find((block) => block.code.startsWith('// app.test.ts'))?.code;
  if (code === undefined)
    throw new Error('docs/testing.md has no block that begins with // app.test.ts');
  // Inside the repository, so that packages are found.
  const folder = mkdtempSync(join(root, '.docs-snippets-run-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'app.test.ts'), code);
  writeFileSync(join(folder, 'vitest.config.mjs'), settings);
  const env = { ...process.env, NO_COLOR: '1' };
  const result = spawnSync('vitest', ['run', '--root', folder], { encoding: 'utf8', env });
  expect(result.stdout + result.stderr).toMatch(/Tests\s+1 passed/);
  expect(result.status).toBe(0);
});

/** Our packages from source, as in the repository's own tests. */
const settings = `
const conditions = ['latchkey-source', 'module', 'node', 'development|production'];
export default { resolve: { conditions }, ssr: { resolve: { conditions } } };
`;
