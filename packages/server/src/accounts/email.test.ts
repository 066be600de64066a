import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEmail } from './email.ts';

describe('an e-mail address', () => {
  test.each([
    ['ada@kittens.example', 'ada@kittens.example'],
    ['  Ada.L+news@Kittens.Example ', 'ada.l+news@kittens.example'],
    ["o'brien_1@mail.kittens.example", "o'brien_1@mail.kittens.example"],
    ['a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@B\u00DCCHER.example', 'ada@xn--bcher-kva.example'],
    ['ada@bu\u0308cher.example', 'ada@xn--bcher-kva.example'],
    // A Cyrillic letter that looks like a Latin one is another address, and seen to be one.
    ['ada@\u043Aittens.example', 'ada@xn--ittens-2pf.example'],
    // Full width: compatibility forms of plain letters are those letters.
    ['\uFF41da@\uFF4Bittens\uFF0Eexample', 'ada@kittens.example'],
    ['ada\uFF20kittens.example', 'ada@kittens.example'],
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
    // Right-to-left override, zero width space, soft hyphen, byte order mark inside.
    'ada@kittens\u202E.example',
    'a\u200Bda@kittens.example',
    'ada@kit\u00ADtens.example',
    'ada@kit\uFEFFtens.example',
    // What a URL would read as a host, and an address book as two.
    'ada@bücher%2eexample',
    'ada@bücher.example:25',
    'ada@bücher.example/',
    'ada@\u0661\u0662\u0667.1',
    'ada@bücher.example,eve@evil.example',
    'ada@bücher.example\uFF0Ceve@evil.example',
    'ada@kittens.example\uFF1Ceve@evil.example',
    '\u0130@kittens.example',
    `${'a'.repeat(65)}@kittens.example`,
    `ada@${'a'.repeat(64)}.example`,
    `ada@${'kittens.'.repeat(32)}example`,
    `${' '.repeat(2000)}ada@kittens.example`,
  ])('%j is none', (text) => {
    expect(parseEmail(text)).toBeNull();
  });

  test('whatever is typed, what comes out is plain, short and reads as itself', () => {
    const near = fc.string({ unit: fc.constantFrom(...'aZ0.@-_ <>"\u0130\u212A\uFF20,ü%:') });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.emailAddress(), near), (text) => {
        const address = parseEmail(text);
        if (address === null) return;
        expect(address.key).toMatch(/^[!-~]{3,254}$/);
        expect(address.key.split('@')).toEqual([expect.any(String), address.domain]);
        expect(address.email.toLowerCase()).toBe(address.key);
        expect(parseEmail(address.key)?.key).toBe(address.key);
      }),
      { numRuns: 1000 },
    );
  });
});
