import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readHarCookies } from './har.ts';

function entry(url: string, ...lines: readonly string[]): unknown {
  const headers = lines.map((value) => ({ name: 'Set-Cookie', value }));
  return { request: { url }, response: { headers } };
}

test('every Set-Cookie is read with the host that sent it, each cookie once', () => {
  const har = {
    log: {
      entries: [
        entry('https://app.example.com/', 'sid=old; Domain=example.com\nother=1; Path=/x'),
        entry('https://shop.example.com/', 'sid=new; Domain=example.com; Secure'),
        { request: {}, response: null },
        'nonsense',
      ],
    },
  };
  const read = readHarCookies(JSON.stringify(har));
  expect(read).toMatchObject({
    kind: 'cookies',
    cookies: [
      { name: 'sid', host: 'shop.example.com', secure: true },
      { name: 'other', host: 'app.example.com', domain: null },
    ],
  });
  expect(JSON.stringify(read)).not.toContain('new');
});

test('what is no HAR is said', () => {
  expect(readHarCookies('{')).toEqual({ kind: 'unreadable', why: 'no-json' });
  expect(readHarCookies('{"log":{}}')).toEqual({ kind: 'unreadable', why: 'no-har' });
});

test('no JSON makes it throw', () => {
  const cell = fc.jsonValue();
  fc.assert(
    fc.property(fc.array(cell), (entries) => {
      readHarCookies(JSON.stringify({ log: { entries } }));
    }),
  );
});
