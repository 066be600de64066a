import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deviceWords } from './device-label.ts';

const mozilla = 'Mozilla/5.0';
const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';

test.each([
  [`${mozilla} (X11; Linux x86_64) ${webkit} Chrome/156.0.0.0 Safari/537.36`, 'Chrome on Linux'],
  [
    `${mozilla} (X11; Linux x86_64) ${webkit} HeadlessChrome/156.0 Safari/537.36`,
    'Chrome on Linux',
  ],
  [
    `${mozilla} (Windows NT 10.0; Win64; x64) ${webkit} Chrome/156.0 Safari/537.36 Edg/156.0`,
    'Edge on Windows',
  ],
  [
    `${mozilla} (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0`,
    'Firefox on Windows',
  ],
  [
    `${mozilla} (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Version/26.0 Safari/605.1.15`,
    'Safari on macOS',
  ],
  [
    `${mozilla} (iPhone; CPU iPhone OS 19_0 like Mac OS X) ${webkit} Version/26.0 Mobile/15E148 Safari/604.1`,
    'Safari on iPhone',
  ],
  [
    `${mozilla} (iPad; CPU OS 19_0 like Mac OS X) ${webkit} CriOS/156.0 Mobile/15E148 Safari/604.1`,
    'Chrome on iPad',
  ],
  [
    `${mozilla} (Linux; Android 16; K) ${webkit} Chrome/156.0 Mobile Safari/537.36`,
    'Chrome on Android',
  ],
  [
    `${mozilla} (Linux; Android 16; SM-S938) ${webkit} SamsungBrowser/30.0 Chrome/150.0 Mobile Safari/537.36`,
    'Samsung Internet on Android',
  ],
  [
    `${mozilla} (X11; CrOS x86_64 14541.0.0) ${webkit} Chrome/156.0 Safari/537.36`,
    'Chrome on ChromeOS',
  ],
  [
    `${mozilla} (X11; Linux x86_64) ${webkit} Chrome/156.0 Safari/537.36 OPR/130.0`,
    'Opera on Linux',
  ],
  ['Something/1.0 (Linux)', 'A browser on Linux'],
  ['Firefox/150.0', 'Firefox'],
  ['curl/8.0', 'Unknown device'],
  ['', 'Unknown device'],
  [null, 'Unknown device'],
])('%j is %j', (userAgent, words) => {
  expect(deviceWords(userAgent)).toBe(words);
});

test('nothing of the header gets through, whatever it says', () => {
  const pieces = fc.constantFrom('Chrome/', 'Version/', ' Safari/', 'Linux', '<script>', '\n', 'é');
  const header = fc.oneof(
    fc.string(),
    fc.array(pieces).map((list) => list.join('')),
  );
  fc.assert(
    fc.property(header, (userAgent) => {
      expect(deviceWords(userAgent)).toMatch(/^[A-Z][A-Za-z ]{3,40}$/);
    }),
  );
});
