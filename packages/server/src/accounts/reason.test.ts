import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readReason } from './reason.ts';

test('a reason keeps its words in any script, and its lines', () => {
  expect(readReason(' Ich verkaufe\r\nHüte.\rمی‌خواهم ')).toBe('Ich verkaufe\nHüte.\nمی‌خواهم');
});

test.each([
  '\u0000',
  '\u001B',
  '\u0085',
  '\u2028',
  '\u202E',
  '\u2067',
  '\u200B',
  '\uFEFF',
  '\uD800',
  '\uE000',
])('of a reason %j becomes a space', (character) => {
  expect(readReason(`a${character}b`)).toBe('a b');
  expect(readReason(character)).toBe('');
});

test('a reason that was read is read as itself, and grows no longer than its normal form', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (written) => {
      const read = readReason(written);
      expect(readReason(read)).toBe(read);
      expect(read.length).toBeLessThanOrEqual(written.normalize('NFC').length);
    }),
  );
});
