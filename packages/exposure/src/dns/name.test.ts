import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import {
  isAtOrBelow,
  isBelow,
  isHostName,
  isServiceName,
  labelOctets,
  labelsOf,
  nameOfLabels,
  normalizeName,
  parentOf,
  rewriteSuffix,
} from './name.ts';

function nameOf(text: string): string {
  const result = normalizeName(text);
  return result.kind === 'name' ? result.name : `!${result.why}`;
}

describe('a normalized name', () => {
  test.each([
    ['WWW.Example.COM.', 'www.example.com'],
    ['example.com', 'example.com'],
    ['.', '.'],
    ['*.Example.com', '*.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER。example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['a\\.b.example.com', 'a\\.b.example.com'],
    ['a\\046b.example.com', 'a\\.b.example.com'],
    ['\\097\\098.example', 'ab.example'],
    ['\\042.example.com', '*.example.com'],
    ['with\\032space.example', 'with\\032space.example'],
    ['a\\\\.example', 'a\\\\.example'],
    ['\\200.example', '\\200.example'],
  ])('of %j is %j', (text, name) => {
    expect(nameOf(text)).toBe(name);
  });

  test.each([
    ['', '!empty'],
    ['..', '!empty-label'],
    ['a..b', '!empty-label'],
    ['.example.com', '!empty-label'],
    [`${'a'.repeat(64)}.com`, '!label-too-long'],
    [`${'a.'.repeat(126)}aaa`, '!name-too-long'],
    ['a\\', '!bad-escape'],
    ['a\\25.com', '!bad-escape'],
    ['a\\256.com', '!bad-escape'],
    ['１２３.example', '!bad-idn'],
  ])('is refused for %j with %s', (text, problem) => {
    expect(nameOf(text)).toBe(problem);
  });

  test('may have labels of 63 and 253 characters in all, and no more', () => {
    const label = 'a'.repeat(63);
    const longest = `${label}.${label}.${label}.${'b'.repeat(61)}`;
    expect(nameOf(`${longest}.`)).toBe(longest);
    expect(nameOf(`${longest}b`)).toBe('!name-too-long');
  });

  test('stays what it is when normalized again, and survives the wire', () => {
    const octets = fc.uint8Array({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(octets, { minLength: 1, maxLength: 8 }), (labels) => {
        const result = nameOfLabels(labels);
        if (result.kind !== 'name') throw new Error(result.why);
        expect(nameOf(result.name)).toBe(result.name);
        expect(labelsOf(result.name)).toHaveLength(labels.length);
        expect(nameOfLabels(labelOctets(result.name))).toEqual(result);
      }),
    );
  });

  test('is a value for any text, never a throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const result = normalizeName(text);
        if (result.kind === 'name') expect(nameOf(result.name)).toBe(result.name);
      }),
      { numRuns: fuzzRuns },
    );
  }, 300_000);
});

describe('a suffix', () => {
  test('matches on a label boundary alone', () => {
    expect(isAtOrBelow('x.a8.net', 'a8.net')).toBe(true);
    expect(isAtOrBelow('a8.net', 'a8.net')).toBe(true);
    expect(isAtOrBelow('nota8.net', 'a8.net')).toBe(false);
    expect(isBelow('a8.net', 'a8.net')).toBe(false);
    expect(isBelow('a8.net', '.')).toBe(true);
  });

  test('does not begin at a dot inside a label', () => {
    expect(isBelow('evil\\.example.com', 'example.com')).toBe(false);
    expect(isBelow('evil\\\\.example.com', 'example.com')).toBe(true);
    expect(parentOf('evil\\.example.com')).toBe('com');
  });

  test('is replaced by a DNAME, or not at all where the name grows too long', () => {
    expect(rewriteSuffix('a.b.old.test', 'old.test', 'new.example')).toBe('a.b.new.example');
    expect(rewriteSuffix('a.test', 'test', '.')).toBe('a');
    expect(rewriteSuffix(`${'a.'.repeat(100)}b.test`, 'test', `${'c'.repeat(60)}.test`)).toBe(null);
  });
});

describe('a host name', () => {
  test.each(['www.example.com', '*.example.com', 'a_b.example.com', 'localhost'])(
    'is %s',
    (name) => {
      expect(isHostName(name)).toBe(true);
    },
  );

  test.each(['_dmarc.example.com', 'a._domainkey.example.com', '*._x.example.com'])(
    'is %s too, which browsers open, but a name of a service',
    (name) => {
      expect([isHostName(name), isServiceName(name)]).toEqual([true, true]);
    },
  );

  test.each(['.', 'a\\.b.c', 'a.*.c', '*x.c', 'a:b.c'])('is not %s', (name) => {
    expect([isHostName(name), isServiceName(name)]).toEqual([false, false]);
  });
});

test('the parent of a name ends at the root', () => {
  expect(parentOf('a.b')).toBe('b');
  expect(parentOf('b')).toBe('.');
  expect(parentOf('.')).toBe(null);
});
