import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openZoneFile } from './zone-file-open.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-zone-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const zoneStart = '$ORIGIN kittens.test.\n';

test('an included file is found beside the file that includes it', () => {
  const path = write('zones/main.zone', `${zoneStart}$INCLUDE parts/a\n`);
  write('zones/parts/a', '$INCLUDE b\nwww A 10.0.0.1\n');
  write('zones/parts/b', 'shop A 10.0.0.2\n');
  const { records, errors } = openZoneFile(path);
  expect(errors).toEqual([]);
  expect(records.map(({ owner, source }) => [owner, source.file])).toEqual([
    ['shop.kittens.test', join(folder, 'zones/parts/b')],
    ['www.kittens.test', join(folder, 'zones/parts/a')],
  ]);
});

test('a file outside the folder of the first is not read, whichever way leads there', () => {
  const secret = write('secret', 'www A 10.0.0.1\n');
  write('zones-too/x', 'www A 10.0.0.1\n');
  mkdirSync(join(folder, 'zones'));
  symlinkSync(secret, join(folder, 'zones/link'));
  const text = `${zoneStart}$INCLUDE ../secret\n$INCLUDE ${secret}\n$INCLUDE link\n$INCLUDE ../zones-too/x\n`;
  const { records, errors } = openZoneFile(write('zones/main.zone', text));
  expect(records).toEqual([]);
  expect(errors.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
    '2 include-refused',
    '3 include-refused',
    '4 include-refused',
    '5 include-refused',
  ]);
});

test('a folder that the caller names may be included from', () => {
  write('snippets/x', 'www A 10.0.0.1\n');
  const path = write('zones/main.zone', `${zoneStart}$INCLUDE ../snippets/x\n`);
  expect(openZoneFile(path, { includeFolders: [join(folder, 'snippets')] }).records).toHaveLength(
    1,
  );
});

test('files that include one another are told as a cycle, also through a link', () => {
  const path = write('main.zone', `${zoneStart}$INCLUDE again\n`);
  symlinkSync(path, join(folder, 'again'));
  expect(openZoneFile(path).errors.map(({ reason }) => reason)).toEqual(['include-cycle']);
});

test('what is no readable file is an error value', () => {
  expect(openZoneFile(join(folder, 'none')).errors).toMatchObject([
    { reason: 'unreadable', message: 'It cannot be read: ENOENT.' },
  ]);
  expect(openZoneFile(folder).errors[0]?.reason).toBe('unreadable');
  expect(openZoneFile('/dev/zero').errors[0]?.reason).toBe('unreadable');
});

test('a zone of a hundred thousand names is read and told whole', () => {
  const lines = Array.from(
    { length: 100_000 },
    (_, at) => `host${at} CNAME x${at}.elsewhere.test.`,
  );
  const { records, errors } = openZoneFile(write('kittens.test.zone', lines.join('\n')));
  expect(errors).toEqual([]);
  expect(records).toHaveLength(100_000);
  expect(records.at(-1)?.source.line).toBe(100_000);
}, 30_000);
