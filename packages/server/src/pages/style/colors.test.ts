import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contrast, grounds, toneFor } from './colors.ts';

test('the contrast of two colours is that of WCAG', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  expect(contrast('#123456', '#123456')).toBe(1);
});

test('a colour that can be read is used as it is', () => {
  expect(toneFor('#4b3bbd', 'light')).toEqual({ key: '#4b3bbd', keyInk: '#ffffff' });
  expect(toneFor('#b3a8ff', 'dark')).toEqual({ key: '#b3a8ff', keyInk: '#0d0d12' });
});

test('of every colour there is a tone that can be read, on light and on dark ground', () => {
  const channel = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(fc.tuple(channel, channel, channel), (channels) => {
      const color = `#${channels.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
      for (const scheme of ['light', 'dark'] as const) {
        const { key, keyInk } = toneFor(color, scheme);
        expect(key).toMatch(/^#[0-9a-f]{6}$/);
        for (const other of [keyInk, ...Object.values(grounds[scheme])]) {
          expect(contrast(key, other)).toBeGreaterThanOrEqual(4.5);
        }
      }
    }),
  );
});
