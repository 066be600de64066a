import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readInputs } from './read-inputs.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-inputs-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('inputs of all kinds become one set, each record once with its first source', async () => {
  const zone = join(folder, 'kittens.test.zone');
  writeFileSync(zone, '@ SOA a b 1 2 3 4 5\nwww A 10.0.0.1\nshop CNAME x.elsewhere.test.\n');
  const cloudflare = JSON.stringify({
    result: [{ name: 'www.kittens.test', type: 'A', content: '10.0.0.1', proxied: true }],
  });
  const inputs = await readInputs({
    zoneFiles: [zone],
    cloudflare: [{ name: 'cf.json', text: cloudflare }],
    hostLists: [{ name: '<stdin>', text: 'a.kittens.test\nb.kittens.test' }],
    certificateLogs: [
      { name: 'ct.json', text: '[{"name_value":"b.kittens.test\\nc.kittens.test"}]' },
    ],
  });
  expect(inputs.errors).toEqual([]);
  expect(inputs.zones).toMatchObject([{ apex: 'kittens.test', complete: true }]);
  const www = inputs.records.filter(({ owner }) => owner === 'www.kittens.test');
  expect(www).toMatchObject([{ proxied: true, source: { file: zone, line: 2 } }]);
  expect(inputs.names.map(({ name, source }) => `${name} ${source.file}`)).toEqual([
    'a.kittens.test <stdin>',
    'b.kittens.test <stdin>',
    'c.kittens.test ct.json',
  ]);
});

test('an input that cannot be read is an error beside what the others give', async () => {
  const inputs = await readInputs({
    zoneFiles: [
      join(folder, 'none.zone'),
      { name: 'text', text: '$ORIGIN a.test.\n@ A 10.0.0.1\n$INCLUDE x' },
    ],
    hostLists: [folder],
    transfers: [{ zone: 'a.test', server: 'not a server' }],
  });
  expect(inputs.records).toHaveLength(1);
  expect(inputs.errors.map(({ reason }) => reason)).toEqual([
    'unreadable',
    'include-refused',
    'unreadable',
    'bad-name',
  ]);
});

test('the zone of files without an origin can be said', async () => {
  const inputs = await readInputs({
    zoneFiles: [{ name: 'zone', text: 'www A 10.0.0.1' }],
    zoneOrigin: 'kittens.test',
  });
  expect(inputs.records[0]?.owner).toBe('www.kittens.test');
});

test('nothing to read gives nothing', async () => {
  expect(await readInputs({})).toEqual({ records: [], names: [], zones: [], errors: [] });
});
