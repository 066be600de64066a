import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { checkMainFiles } from './main-files.ts';

const made: string[] = [];

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function repository(folder: string, file: string, lines: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'latchkey-main-files-'));
  made.push(root);
  mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, folder, file), lines.join('\n'));
  return root;
}

const hop = 'packages/session/src/hop';
const three = ['// Owns', '// what', '// it owns.'];

test('a main file that opens with what its folder owns passes', () => {
  expect(checkMainFiles(repository(hop, 'arrival.ts', [...three, '', 'code();']))).toEqual([]);
});

test('a main file that opens with code, with too little or with an essay is refused', () => {
  const fault = `${hop}/arrival.ts does not open with three to five lines on what the folder owns`;
  for (const lines of [['code();', ...three], ['// Hop.'], [...three, ...three]]) {
    expect(checkMainFiles(repository(hop, 'arrival.ts', lines))).toEqual([fault]);
  }
});

test('a folder whose main file is gone, and one that the list does not know, are refused', () => {
  expect(checkMainFiles(repository(hop, 'other.ts', three))).toEqual([
    `${hop} has no arrival.ts, its main file`,
  ]);
  expect(checkMainFiles(repository('packages/session/src/new', 'new.ts', three))).toEqual([
    'packages/session/src/new has no main file in tools/main-files.ts',
  ]);
});
