import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { whyInstall } from './ensure-installed.mjs';

const made = [];

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function clone(wanted, installed) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-install-'));
  made.push(folder);
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: wanted }));
  if (installed) {
    mkdirSync(join(folder, 'node_modules'));
    const file = join(folder, 'node_modules', '.package-lock.json');
    writeFileSync(file, JSON.stringify({ packages: installed }));
  }
  return folder;
}

const cookie = { 'node_modules/cookie': { version: '2.0.2', integrity: 'sha512-a' } };

test('a clone without node_modules needs an install', () => {
  expect(whyInstall(clone({ '': {}, ...cookie }))).toBe('node_modules is missing or incomplete');
});

test('what the lock file names needs no install, optional packages of other platforms aside', () => {
  const other = { 'node_modules/other-platform': { version: '1.0.0', optional: true } };
  expect(whyInstall(clone({ '': {}, ...cookie, ...other }, cookie))).toBeNull();
});

test('another version, other content or a missing package needs an install', () => {
  const stale = 'node_modules is older than package-lock.json';
  for (const entry of [{ version: '2.0.1' }, { version: '2.0.2', integrity: 'sha512-b' }]) {
    expect(whyInstall(clone(cookie, { 'node_modules/cookie': entry }))).toBe(stale);
  }
  expect(whyInstall(clone(cookie, {}))).toBe(stale);
});

test('a clone without a lock file is refused in words', () => {
  const folder = clone(cookie, cookie);
  rmSync(join(folder, 'package-lock.json'));
  expect(() => whyInstall(folder)).toThrow('package-lock.json is missing');
});
