import { expect, test } from 'vitest';
import { applyBaseline, readBaseline } from './baseline.ts';
import type { Finding } from './exposure-report.ts';

const finding: Finding = {
  ruleId: 'third-party',
  severity: 'high',
  host: 'help.example.com',
  message: 'somebody answers',
};
const entry = {
  ruleId: 'third-party',
  host: 'help.example.com',
  reason: 'moves in March',
  expires: '2027-03-31',
};

test('an accepted finding is no finding until its last day is over', () => {
  const on = (today: string): number =>
    applyBaseline([finding], [entry], { today, siteOf: () => null }).open.length;
  expect([on('2026-11-22'), on('2027-03-31'), on('2027-04-01')]).toEqual([0, 0, 1]);
  const expired = applyBaseline([finding], [entry], { today: '2027-04-01', siteOf: () => null });
  expect(expired.notes).toEqual([expect.stringContaining('2027-03-31 and is reported again')]);
  expect(
    applyBaseline([finding], [entry], { today: '2026-11-22', siteOf: () => null }).accepted,
  ).toEqual([{ ...finding, reason: 'moves in March', expires: '2027-03-31' }]);
});

test('an entry for one operator does not accept another', () => {
  const bound = { ...entry, site: 'zendesk.com' };
  const open = (site: string): number =>
    applyBaseline([finding], [bound], { today: '2026-11-22', siteOf: () => site }).open.length;
  expect([open('zendesk.com'), open('stranger.net')]).toEqual([0, 1]);
});

test('an entry that matches nothing is noted', () => {
  const { notes } = applyBaseline([], [entry], { today: '2026-11-22', siteOf: () => null });
  expect(notes).toEqual([expect.stringContaining('was not found')]);
});

test.each([
  ['{', 'no JSON'],
  ['{}', 'no baseline'],
  [JSON.stringify({ accepted: [{ ...entry, reason: ' ' }] }), 'reason is missing'],
  [JSON.stringify({ accepted: [{ ...entry, expires: 'never' }] }), 'expires must be a date'],
  [JSON.stringify({ accepted: [{ ...entry, expires: '2027-13-01' }] }), 'expires must be a date'],
  [JSON.stringify({ accepted: [{ ...entry, ruleId: 'constructor' }] }), 'ruleId is no rule'],
  [JSON.stringify({ accepted: [null] }), 'ruleId is no rule'],
  [JSON.stringify({ accepted: [{ ...entry, host: '' }] }), 'host is missing'],
])('%s is refused', (text, words) => {
  expect(() => readBaseline(text, 'baseline.json')).toThrow(
    expect.objectContaining({
      code: 'exposure_input_invalid',
      message: expect.stringContaining(words),
    }),
  );
});

test('a good one is read', () => {
  expect(readBaseline(JSON.stringify({ accepted: [entry] }), 'b.json')).toEqual([entry]);
});
