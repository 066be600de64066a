import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEmail } from './email.ts';

describe('an e-mail address', () => {
  test.each([
    ['ada@kittens.example', 'ada@kittens.example'],
    ['  Ada.L+news@Kittens.Example ', 'ada.l+news@kittens.example'],
    ["o'brien_1@mail.kittens.example", "o'brien_1@mail.kittens.example"],
    ['a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
    // The Kelvin sign is a K by NFC: normalised first, it is the same person.
    ['\u212Aate@kittens.example', 'kate@kittens.example'],
  ])('%j is looked up as %j', (text, key) => {
    expect(parseEmail(text)?.key).toBe(key);
  });

  test('keeps the spelling in which it was typed', () => {
    expect(parseEmail(' Ada@Kittens.Example')?.email).toBe('Ada@Kittens.Example');
  });

  test.each([
    '',
    'ada',
    '@kittens.example',
    'ada@',
    'ada@localhost',
    'ada@kittens..example',
    'ada@-kittens.example',
    'ada@kittens.example.',
    '.ada@kittens.example',
    'ada.@kittens.example',
    'a..da@kittens.example',
    'ada@kittens.example,ben@kittens.example',
    'ada@kittens.example ben@kittens.example',
    'ada@evil.example@kittens.example',
    '"ada"@kittens.example',
    'Ada <ada@kittens.example>',
    'ada@[127.0.0.1]',
    'ada(comment)@kittens.example',
    'ada@kittens.example\u0000',
    'ada\n@kittens.example',
    'аda@kittens.example',
    'ada@kittens\uFF0Eexample',
    'ada@\uFF4Bittens.example',
    '\u0130@kittens.example',
    `${'a'.repeat(65)}@kittens.example`,
    `ada@${'a'.repeat(64)}.example`,
    `ada@${'kittens.'.repeat(32)}example`,
    `${' '.repeat(2000)}ada@kittens.example`,
  ])('%j is none', (text) => {
    expect(parseEmail(text)).toBeNull();
  });

  test('whatever is typed, what comes out is plain, short and reads as itself', () => {
    const near = fc.string({ unit: fc.constantFrom(...'aZ0.@-_ <>"\u0130\u212A\uFF20,') });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.emailAddress(), near), (text) => {
        const address = parseEmail(text);
        if (address === null) return;
        expect(address.key).toMatch(/^[!-~]{3,254}$/);
        expect(address.email.toLowerCase()).toBe(address.key);
        expect(parseEmail(address.key)?.key).toBe(address.key);
      }),
      { numRuns: 2000 },
    );
  });
});
