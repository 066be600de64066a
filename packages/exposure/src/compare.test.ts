import { expect, test } from 'vitest';
import { compareReports, readEarlierReport } from './compare.ts';
import type { Finding } from './exposure-report.ts';

function finding(host: string, message = 'm'): Finding {
  return { ruleId: 'third-party', severity: 'high', host, message };
}

const earlier = {
  generatedAt: '2026-11-01T00:00:00.000Z',
  partial: false,
  findings: [finding('a'), finding('b'), finding('c')],
};

test('new, gone and changed findings are told apart', () => {
  const changes = compareReports(
    earlier,
    [finding('a'), finding('b', 'other'), finding('d')],
    false,
  );
  expect(changes.new).toEqual([finding('d')]);
  expect(changes.gone).toEqual([finding('c')]);
  expect(changes.changed).toEqual([{ before: finding('b'), now: finding('b', 'other') }]);
});

test('after a part of a run nothing is gone', () => {
  expect(compareReports(earlier, [], true).gone).toEqual([]);
});

test.each([
  '{',
  '[]',
  'null',
  '{"schemaVersion":2}',
  '{"schemaVersion":1,"generatedAt":"x","partial":false,"findings":[{}]}',
])('%s is no report', (text) => {
  expect(() => readEarlierReport(text, 'old.json')).toThrow(
    expect.objectContaining({ code: 'exposure_input_invalid' }),
  );
});
