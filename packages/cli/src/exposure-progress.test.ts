import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createProgress } from './exposure-progress.ts';

function run(isTerminal: boolean, instants: readonly number[]): string {
  const stderr = Object.assign(new PassThrough(), { isTTY: isTerminal });
  let now = 0;
  const progress = createProgress({ stderr }, () => now);
  for (const instant of instants) {
    now = instant;
    progress.show(instant, 60_000);
  }
  progress.clear();
  return String(stderr.read() ?? '');
}

test('a short run says nothing', () => {
  expect(run(true, [1, 500, 999])).toBe('');
  expect(run(false, [1, 500, 9_999])).toBe('');
});

test('on a terminal a long run keeps one line, which goes at the end', () => {
  const clear = '\r\u001b[K';
  expect(run(true, [1_000, 1_100, 1_250])).toBe(
    `${clear}1,000 of 60,000 names looked up${clear}1,250 of 60,000 names looked up${clear}`,
  );
});

test('elsewhere it is a line every ten seconds', () => {
  expect(run(false, [5_000, 10_000, 15_000, 20_000])).toBe(
    '10,000 of 60,000 names looked up\n20,000 of 60,000 names looked up\n',
  );
});
