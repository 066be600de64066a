import { afterEach, expect, test, vi } from 'vitest';
import { createTurns } from './turns.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('the first goes at once, those of the same session one after the other, those of others do not wait', () => {
  const turns = createTurns();
  const seen: string[] = [];
  const ends: (() => void)[] = [];
  const task = (name: string) => (done: () => void) => {
    seen.push(name);
    ends.push(done);
  };
  turns.take('one', task('first'));
  turns.take('one', task('second'));
  turns.take('other', task('elsewhere'));
  expect(seen).toEqual(['first', 'elsewhere']);
  ends[0]?.();
  ends[0]?.();
  expect(seen).toEqual(['first', 'elsewhere', 'second']);
  turns.take('one', task('third'));
  expect(seen).not.toContain('third');
  ends[2]?.();
  expect(seen).toContain('third');
});

test('a store that never calls back holds others up for two seconds, not for ever', () => {
  vi.useFakeTimers();
  const turns = createTurns();
  const seen: string[] = [];
  let end = (): void => undefined;
  turns.take('one', (done) => {
    end = done;
  });
  turns.take('one', (done) => {
    seen.push('second');
    done();
  });
  vi.advanceTimersByTime(1_900);
  expect(seen).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(seen).toEqual(['second']);
  end();
  turns.take('one', () => seen.push('third'));
  expect(seen).toEqual(['second', 'third']);
});

test('many turns, each of which is short, may take longer than two seconds together', () => {
  vi.useFakeTimers();
  const turns = createTurns();
  let underWay = 0;
  let most = 0;
  let ended = 0;
  for (let number = 0; number < 10; number += 1) {
    turns.take('one', (done) => {
      underWay += 1;
      most = Math.max(most, underWay);
      setTimeout(() => {
        underWay -= 1;
        ended += 1;
        done();
      }, 1_500);
    });
  }
  vi.advanceTimersByTime(15_000);
  expect([most, ended]).toEqual([1, 10]);
});
