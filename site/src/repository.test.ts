import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryUrl } from './repository.ts';

function urlOf(repository: unknown): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-site-'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ repository }));
  const url = repositoryUrl(folder);
  rmSync(folder, { recursive: true });
  return url;
}

test('the repository on the web is what package.json says, in any of its forms', () => {
  const url = 'https://github.com/kittens/latchkey';
  expect(urlOf({ type: 'git', url: `git+${url}.git` })).toBe(url);
  expect(urlOf(url)).toBe(url);
  expect(urlOf('kittens/latchkey')).toBe(url);
  expect(urlOf('github:kittens/latchkey')).toBe(url);
});

test('where package.json does not say, there is none', () => {
  expect(urlOf(undefined)).toBeNull();
});
