import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { seal, sealingKeys, unseal } from './seal.ts';

const keys = sealingKeys(['a'.repeat(32), 'b'.repeat(32)]);
const sealed = (text: string, binding = 'shop'): string => seal(keys, text, binding, randomBytes);

describe('what was sealed', () => {
  test('opens with its text, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 500 }), (text) => {
        expect(unseal(keys, sealed(text), 'shop')).toBe(text);
      }),
    );
  });

  test('has the characters that a cookie may have, and is another text each time', () => {
    expect(sealed('x')).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(sealed('x')).not.toBe(sealed('x'));
  });

  test('opens under an older key while it is listed, and not when it is gone', () => {
    const before = seal(sealingKeys(['b'.repeat(32)]), 'x', 'shop', randomBytes);
    expect(unseal(keys, before, 'shop')).toBe('x');
    expect(unseal(sealingKeys(['c'.repeat(32)]), before, 'shop')).toBe(null);
  });

  test('for one scope opens in no other', () => {
    expect(unseal(keys, sealed('x', 'shop'), 'blog')).toBe(null);
  });
});

describe('CVE-2026-39324: what is not exactly what was sealed', () => {
  test('opens nothing: every single change of a character', () => {
    const good = sealed('{"admin":false}');
    for (let at = 0; at < good.length; at += 1) {
      const other = good[at] === 'A' ? 'B' : 'A';
      expect(unseal(keys, good.slice(0, at) + other + good.slice(at + 1), 'shop')).toBe(null);
    }
  });

  test('opens nothing: cut short, longer, plain, of another form', () => {
    const good = sealed('x');
    const plain = Buffer.from('{"admin":true}').toString('base64url');
    const wrong = [good.slice(0, -1), `${good}A`, `${good}==`, plain, '', '{"admin":true}', 'x'];
    for (const text of wrong) expect(unseal(keys, text, 'shop')).toBe(null);
    const otherVersion = Buffer.from(good, 'base64url');
    otherVersion.writeUInt8(2, 0);
    expect(unseal(keys, otherVersion.toString('base64url'), 'shop')).toBe(null);
  });

  test('never throws', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 100 }),
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    );
    fc.assert(
      fc.property(text, (garbage) => {
        expect(unseal(keys, garbage, 'shop')).toBe(null);
      }),
      { numRuns: fuzzRuns },
    );
  });
});
