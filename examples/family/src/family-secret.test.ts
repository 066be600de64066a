import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { familySecret } from './family-secret.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-secret-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a secret is made once, kept for the next start, and readable by its owner alone', () => {
  const data = join(folder, 'not/there/yet');
  const made = familySecret({}, data);
  expect(made).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(familySecret({}, data)).toBe(made);
  expect(statSync(join(data, 'family-secret')).mode & 0o777).toBe(0o600);
  expect(statSync(data).mode & 0o777).toBe(0o700);
});

test('LATCHKEY_SECRET goes before it and is not written down', () => {
  const given = 'x'.repeat(32);
  expect(familySecret({ LATCHKEY_SECRET: given }, folder)).toBe(given);
  expect(() => readFileSync(join(folder, 'family-secret'))).toThrow();
});

test('a secret that is too short is refused without being shown', () => {
  expect(() => familySecret({ LATCHKEY_SECRET: 'short-one' }, folder)).toThrow(
    /^LATCHKEY_SECRET holds a secret of less than 32 characters/,
  );
  writeFileSync(join(folder, 'family-secret'), 'short-one\n');
  expect(() => familySecret({}, folder)).toThrow(/less than 32/);
});

test('a data folder that cannot be used is named', () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  expect(() => familySecret({}, file)).toThrow(/a-file cannot be used/);
});
