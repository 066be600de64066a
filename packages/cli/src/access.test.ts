import { expect, test } from 'vitest';
import { parseUntil } from './access.ts';

const now = Date.parse('2026-11-21T12:00:00Z');

test.each([
  ['2027-01-31', '2027-01-31T00:00:00.000Z'],
  ['2027-01-31T18:00Z', '2027-01-31T18:00:00.000Z'],
  ['2027-01-31T18:00:30+01:00', '2027-01-31T17:00:30.000Z'],
  ['2028-02-29', '2028-02-29T00:00:00.000Z'],
])('%s is an instant', (text, instant) => {
  expect(new Date(parseUntil(text, now)).toISOString()).toBe(instant);
});

test.each([
  ...['', 'tomorrow', '1', '1800000000000', '2027-01-31T18:00', '31.01.2027', '2027-13-01'],
  ...['2027-02-29', '2027-02-31', '2027-01-31T25:00Z', ' 2027-01-31', '2026-11-21', '1999-01-01'],
])('%j is none, or not to come', (text) => {
  expect(() => parseUntil(text, now)).toThrow(expect.objectContaining({ code: 'input_invalid' }));
});
