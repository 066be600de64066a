import { parseCookie } from 'cookie';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { createCookieReader, readCookiesUnder, readCookieValues, severalValues } from './read.ts';

const rows: readonly (readonly [header: string, values: readonly string[]])[] = [
  ['', []],
  ['sid', []],
  ['sid=', ['']],
  ['sid=a', ['a']],
  ['sid=a;', ['a']],
  ['other=x; sid=a', ['a']],
  ['other=x;sid=a', ['a']],
  ['sid=a; sid=b; sid=c', ['a', 'b', 'c']],
  ['sid=b; other=x; sid=a', ['b', 'a']],
  ['sid=a; sid=a', ['a', 'a']],
  ['  \t sid= \t a b \t ; x=y', ['a b']],
  ['sid=a=b', ['a=b']],
  ['sid=sid=a', ['sid=a']],
  ['other=sid=a', []],
  ['other=x sid=a', []],
  ['xsid=a', []],
  ['__Host-sid=a', []],
  ['sidx=a', []],
  ['SID=a', []],
  ['sid =a', []],
  ['=sid=a', []],
  [';;;sid=a;;;', ['a']],
  ['%73id=a', []],
  ['sid=%41', ['%41']],
  ['sid="a"', ['"a"']],
  ['sid=\u00a0a\u00a0', ['\u00a0a\u00a0']],
  ['\u00a0sid=a', []],
];

describe('createCookieReader', () => {
  const read = createCookieReader('sid');
  const only = (values: readonly string[]) => {
    const [first = null] = values;
    return values.length > 1 ? severalValues : first;
  };

  test.each(rows)('%j has %j, or several, or none', (header, values) => {
    expect(read(header)).toEqual(only(values));
  });

  test('it finds what readCookieValues finds, in whatever header', () => {
    const piece = fc.constantFrom(
      'sid=',
      'sid',
      '=',
      ';',
      '; ',
      ' ',
      '\t',
      'a',
      'x',
      '\u00a0',
      ',',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const header = pieces.join('');
        expect(read(header)).toEqual(only(readCookieValues(header, 'sid')));
      }),
      { numRuns: fuzzRuns },
    );
  });
});

describe('readCookieValues', () => {
  test.each(rows)('%j has %j', (header, values) => {
    expect(readCookieValues(header, 'sid')).toEqual(values);
  });

  test('CVE-2020-8184, CVE-2021-41819: a percent-encoded name is not the prefixed name that it would decode to', () => {
    expect(readCookieValues('__%48ost-sid=evil; %5F_Host-sid=evil', '__Host-sid')).toEqual([]);
  });

  test('a name with a character that patterns treat specially is taken as it is', () => {
    expect(readCookieValues('a.b=1; axb=2', 'a.b')).toEqual(['1']);
  });

  test('at most limit values are returned, by default eight', () => {
    const header = Array.from({ length: 20 }, (_, index) => `sid=${index}`).join('; ');
    expect(readCookieValues(header, 'sid', 3)).toEqual(['0', '1', '2']);
    expect(readCookieValues(header, 'sid')).toHaveLength(8);
    expect(readCookieValues(header, 'sid', 0)).toEqual([]);
  });

  test('a cookie whose name stands once has the value that the cookie package finds', () => {
    const pairs = fc.uniqueArray(
      fc.tuple(
        fc.stringMatching(/^[A-Za-z0-9_-]{1,6}$/),
        fc.stringMatching(/^[!#-+\--:<-~]{0,12}$/),
      ),
      { selector: ([name]) => name, maxLength: 6 },
    );
    fc.assert(
      fc.property(pairs, (cookies) => {
        const header = cookies.map(([name, value]) => `${name}=${value}`).join('; ');
        for (const [name, value] of cookies)
          expect(readCookieValues(header, name)).toEqual([value]);
      }),
    );
  });

  test('in any header the first value is the one that the cookie package finds', () => {
    // A blank before `=` is not sent by browsers; the cookie package takes it away, we do not.
    const header = fc
      .array(fc.constantFrom('s', 'sid', '=', ';', '; ', ' ', '\t', '%', '"', 'x', ',', '\\'))
      .map((parts) => parts.join(''))
      .filter((text) => !/[ \t]=/.test(text));
    fc.assert(
      fc.property(header, (text) => {
        const theirs = parseCookie(text, { decode: (value) => value })['sid'];
        expect(readCookieValues(text, 'sid')[0]).toBe(theirs);
      }),
      { numRuns: fuzzRuns },
    );
  });

  test('no header makes it throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ minLength: 1 }), (header, name) => {
        expect(readCookieValues(header, name).length).toBeLessThanOrEqual(8);
      }),
    );
  });
});

describe('cookies whose names begin alike', () => {
  test.each<readonly [string, readonly (readonly [string, string])[]]>([
    ['', []],
    ['flow_', []],
    ['flow_=x', [['', 'x']]],
    [
      'flow_a=1; other=2; flow_b= 3 ',
      [
        ['a', '1'],
        ['b', '3'],
      ],
    ],
    ['flow_a=flow_b=1', [['a', 'flow_b=1']]],
    ['other=flow_a=1; xflow_b=2', []],
    ['flow_a; flow_b=2', [['b', '2']]],
    [
      'flow_a=1;flow_a=2',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
  ])('%j', (header, pairs) => {
    expect(readCookiesUnder(header, 'flow_', 8)).toEqual(pairs);
  });

  test('of many only so many are returned', () => {
    const header = Array.from({ length: 20 }, (_, index) => `flow_${index}=x`).join('; ');
    expect(readCookiesUnder(header, 'flow_', 3)).toEqual([
      ['0', 'x'],
      ['1', 'x'],
      ['2', 'x'],
    ]);
  });

  test('each is also what its whole name reads', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab_=; ]{0,40}$/), (header) => {
        for (const [rest, value] of readCookiesUnder(header, 'a', 50)) {
          expect(readCookieValues(header, `a${rest}`, 50)).toContain(value);
        }
      }),
    );
  });
});
