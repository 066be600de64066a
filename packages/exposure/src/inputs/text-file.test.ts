import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decodeText } from './text-file.ts';

const zone = 'www A 192.0.2.1 ; ü\n';

test.each([
  ['UTF-8', Buffer.from(zone)],
  ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${zone}`)],
  ['UTF-16 as PowerShell writes it', Buffer.from(`\uFEFF${zone}`, 'utf16le')],
  ['UTF-16 the other way round', Buffer.from(`\uFEFF${zone}`, 'utf16le').swap16()],
])('%s is text', (_, octets) => {
  expect(decodeText(octets, 'f')).toEqual({ kind: 'text', file: 'f', text: zone });
});

test.each([
  ['UTF-16 without a mark', Buffer.from(zone, 'utf16le'), 'UTF-16 without a byte order mark'],
  ['what gzip made', gzipSync(zone), 'unpack it'],
  ['a spreadsheet', Buffer.from('PK\u0003\u0004'), 'CSV'],
  ['a raw zone of BIND', Buffer.from('ab\0\0'), 'named-compilezone'],
])('%s is told by its name', (_, octets, words) => {
  expect(decodeText(octets, 'f')).toMatchObject({
    kind: 'problem',
    reason: 'not-text',
    message: expect.stringContaining(words),
  });
});
