import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseName } from './person-name.ts';

describe('the name of a person', () => {
  test.each([
    ['Ada', 'Ada'],
    ['  Ada King ', 'Ada King'],
    ['Zoe\u0308', 'Zo\u00EB'],
    ["D'Arcy O\u2019Neill-Smith, Jr.", "D'Arcy O\u2019Neill-Smith, Jr."],
    ['\u05D0\u05D3\u05D4', '\u05D0\u05D3\u05D4'],
    // A joiner inside a word of Persian, a selector that tells two forms of a Japanese character apart.
    ['\u0639\u0644\u06CC\u200C\u0631\u0636\u0627', '\u0639\u0644\u06CC\u200C\u0631\u0636\u0627'],
    ['\u845B\u{E0100}\u57CE', '\u845B\u{E0100}\u57CE'],
    ['<b>Ada</b>', '<b>Ada</b>'],
    ['\u{1F431}'.repeat(100), '\u{1F431}'.repeat(100)],
    ['e\u0301'.repeat(100), '\u00E9'.repeat(100)],
  ])('%j is kept as %j', (written, name) => {
    expect(parseName(written)).toBe(name);
  });

  test.each([
    '',
    '   ',
    'x'.repeat(101),
    'Ada\r\nBcc: ben@kittens.example',
    'Ada\nKing',
    'Ada\u0000',
    'Ada\u0085King',
    'Ada\u2028King',
    // Overrides, isolates and marks of direction: the rest of the page would read backwards.
    'Ada \u202Ereltim',
    'Ada \u2066x\u2069',
    '\u200FAda',
    'A\u200Bda',
    '\u2060Ada',
    'A\u00ADda',
    'Ada \uD800',
    // Nothing to see.
    '\u200D',
    '\u3164',
    '\u034F\u0301',
    '\u00A0\u3000',
  ])('%j is none', (written) => {
    expect(parseName(written)).toBeNull();
  });

  test('whatever is written, what comes out is short, of one line and reads as itself', () => {
    const near = fc.string({
      unit: fc.constantFrom(...'aZ <\u0301\u202E\u200D\u2066\r\n\u00A0\u{1F431}'),
    });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 120 }), near), (written) => {
        const name = parseName(written);
        if (name === null) return;
        expect(name).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
        expect([...name].length).toBeLessThanOrEqual(100);
        expect(parseName(name)).toBe(name);
      }),
      { numRuns: 2000 },
    );
  });
});
