import { expect, test } from 'vitest';
import { de } from './languages/de.ts';
import { en } from './languages/en.ts';
import { noticesPage, resultWords } from './notices-page.ts';

test.each([
  [null, 'not tried yet'],
  ['refused-400', 'refused with 400'],
  ['redirected-302', 'redirected with 302'],
  ['redirected', 'it redirected'],
  ['status-503', 'answered with 503'],
  ['timeout', 'no answer in time'],
  ['address-refused', 'its address is refused here'],
  ['given-up-refused-400', 'refused with 400, given up'],
  ['given-up-timeout', 'no answer in time, given up'],
  ['something-new', 'something-new'],
])('the result %s reads: %s', (result, words) => {
  expect(resultWords(en, result)).toBe(words);
});

test('it says until when a refused notice is tried, and what to write for a refused address', () => {
  const page = noticesPage({
    refused: [{ app: 'wiki', host: '10.0.0.5' }],
    silent: ['forum'],
    notices: [
      {
        app: 'news',
        isGivenUp: false,
        count: 2,
        lastResult: 'refused-400',
        ageMilliseconds: 60_000,
        triedUntil: Date.UTC(2030, 0, 2),
      },
    ],
  });
  const text = String(page.content(en).body);
  expect(text).toContain('refused with 400, tried until 2 Jan 2030, 00:00 UTC');
  expect(text).toContain('on its way');
  expect(text).toContain('--allow-range');
  expect(text).toContain('No notices are made for forum');
  expect(String(page.content(de).body)).toContain(
    'mit 400 abgelehnt, wird versucht bis 02.01.2030, 00:00 UTC',
  );
});
