import { expect, test } from 'vitest';
import { countVitest } from './vitest-counts.mjs';

function report(passed, failed, testResults = []) {
  return { numPassedTests: passed, numFailedTests: failed, testResults };
}

test('tests are counted as vitest counts them', () => {
  const file = { status: 'failed', assertionResults: [{ status: 'failed' }] };
  expect(countVitest(report(5, 0), 0)).toEqual({ passed: 5, failed: 0 });
  expect(countVitest(report(5, 1, [file]), 1)).toEqual({ passed: 5, failed: 1 });
});

test('a file that could not be loaded is one failure', () => {
  const file = { status: 'failed', assertionResults: [] };
  expect(countVitest(report(5, 0, [file]), 1)).toEqual({ passed: 5, failed: 1 });
});

test('a run that failed without a failed test, or wrote no report, is one failure', () => {
  expect(countVitest(report(5, 0), 1)).toEqual({ passed: 5, failed: 1 });
  expect(countVitest(null, 0)).toEqual({ passed: 0, failed: 1 });
});
