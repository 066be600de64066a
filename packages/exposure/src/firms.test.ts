import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createFirms, readLists, shippedLists, type TargetList } from './firms.ts';

const list: TargetList = {
  name: 'A list',
  kind: 'tracker',
  date: '2026-01-01',
  source: 'a test',
  licence: 'none',
  targets: { 'a8.net': 'A8', 'x.a8.net': 'A8 of x' },
};
const now = Date.parse('2026-11-22');

test('a target stands for itself and names below it, on the boundary of a label', () => {
  const firms = createFirms([list], now);
  expect(firms.find('a8.net')).toMatchObject([{ firm: 'A8' }]);
  expect(firms.find('y.x.a8.net')).toMatchObject([{ firm: 'A8 of x' }, { firm: 'A8' }]);
  expect(firms.find('nota8.net')).toEqual([]);
  expect(firms.find('a8.net.example.com')).toEqual([]);
});

test('the shipped lists are read, with date, source and licence', () => {
  const lists = readLists(shippedLists);
  expect(lists.map(({ kind }) => kind).sort()).toEqual([
    'proxy',
    'takeover',
    'takeover',
    'tracker',
    'tracker',
  ]);
  const firms = createFirms(lists, now);
  expect(firms.uses.every(({ source, licence }) => source !== '' && licence !== '')).toBe(true);
  expect(firms.find('kittens.eulerian.net')).toMatchObject([
    { kind: 'tracker', firm: 'Eulerian' },
    {},
  ]);
  expect(firms.find('old.s3.amazonaws.com')).toMatchObject([{ kind: 'takeover', vanishes: false }]);
  expect(firms.find('old.azurewebsites.net')).toMatchObject([{ kind: 'takeover', vanishes: true }]);
  expect(firms.find('old.s3-website-eu-west-1.amazonaws.com')).toMatchObject([{ firm: 'AWS/S3' }]);
  expect(firms.find('d1.cloudfront.net')).toMatchObject([{ kind: 'proxy' }]);
});

test('a list older than a year is marked', () => {
  const uses = createFirms([list, { ...list, date: '2025-01-01' }], now).uses;
  expect(uses.map(({ isOld }) => isOld)).toEqual([false, true]);
});

test.each([
  ['not json', 'cannot be read as JSON'],
  ['{}', 'is no list'],
  [JSON.stringify({ ...list, kind: 'friend' }), 'is no list'],
  [JSON.stringify({ ...list, date: 'yesterday' }), 'is no list'],
  [JSON.stringify({ ...list, targets: { 'a.example': 1 } }), 'is no list'],
])('%s is refused', (content, words) => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-lists-'));
  try {
    writeFileSync(join(folder, 'list.json'), content);
    expect(() => readLists(folder)).toThrow(
      expect.objectContaining({
        code: 'exposure_input_invalid',
        message: expect.stringContaining(words),
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a folder that is not there is refused', () => {
  expect(() => readLists('/nowhere/at/all')).toThrow(/cannot be read/);
});
