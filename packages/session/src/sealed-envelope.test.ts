import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from '../test/fuzz-runs.ts';
import { seal, unseal } from './sealed-envelope.ts';

const [keyA, keyB, keyC] = ['a', 'b', 'c'].map((letter) => Buffer.alloc(32, letter)) as [
  Buffer,
  Buffer,
  Buffer,
];
const keys = [keyA, keyB];

/** The text that opens, or null. */
function opened(under: readonly Buffer[], sealed: string, purpose: string): string | null {
  const envelope = unseal({ keys: under, purpose }, sealed);
  return envelope.kind === 'opened' ? envelope.plain.toString() : null;
}
const sealed = (text: string, purpose = 'shop'): string =>
  seal({ keys, purpose }, text, randomBytes);

describe('what was sealed', () => {
  test('opens with its text, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 500 }), (text) => {
        expect(opened(keys, sealed(text), 'shop')).toBe(text);
      }),
    );
  });

  test('has the characters that a cookie may have, and is another text each time', () => {
    expect(sealed('x')).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(sealed('x')).not.toBe(sealed('x'));
  });

  test('opens under an older key while it is listed, and not when it is gone', () => {
    const before = seal({ keys: [keyB], purpose: 'shop' }, 'x', randomBytes);
    expect(opened(keys, before, 'shop')).toBe('x');
    expect(opened([keyC], before, 'shop')).toBe(null);
  });

  test('for one purpose opens for no other', () => {
    expect(opened(keys, sealed('x', 'shop'), 'blog')).toBe(null);
  });
});

describe('CVE-2026-39324: what is not exactly what was sealed', () => {
  test('opens nothing: every single change of a character', () => {
    const good = sealed('{"admin":false}');
    for (let at = 0; at < good.length; at += 1) {
      const other = good[at] === 'A' ? 'B' : 'A';
      expect(opened(keys, good.slice(0, at) + other + good.slice(at + 1), 'shop')).toBe(null);
    }
  });

  test('opens nothing: cut short, longer, plain, of another form', () => {
    const good = sealed('x');
    const plain = Buffer.from('{"admin":true}').toString('base64url');
    const wrong = [good.slice(0, -1), `${good}A`, `${good}==`, plain, '', '{"admin":true}', 'x'];
    for (const text of wrong) expect(opened(keys, text, 'shop')).toBe(null);
    const otherVersion = Buffer.from(good, 'base64url');
    otherVersion.writeUInt8(2, 0);
    expect(opened(keys, otherVersion.toString('base64url'), 'shop')).toBe(null);
  });

  test('never throws', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 100 }),
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    );
    fc.assert(
      fc.property(text, (garbage) => {
        expect(opened(keys, garbage, 'shop')).toBe(null);
      }),
      { numRuns: fuzzRuns },
    );
  });
});

test('an envelope is named by its nonce, and says whether it is none or another’s', () => {
  const nonce = Buffer.alloc(12, 7);
  const text = seal({ keys: [keyA], purpose: 'shop' }, Buffer.of(1, 2), () => nonce);
  expect(unseal({ keys, purpose: 'shop' }, text)).toEqual({
    kind: 'opened',
    plain: Buffer.of(1, 2),
    id: nonce.toString('base64url'),
  });
  expect(unseal({ keys: [keyC], purpose: 'shop' }, text)).toEqual({
    kind: 'refused',
    why: 'forged',
  });
  expect(unseal({ keys, purpose: 'shop' }, `${text}=`)).toEqual({
    kind: 'refused',
    why: 'malformed',
  });
  expect(() => seal({ keys: [], purpose: 'shop' }, 'x', randomBytes)).toThrow('no key');
});
