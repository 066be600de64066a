import { expect, test } from 'vitest';
import { createPace, type Pace } from './pace.ts';

interface Run {
  readonly pace: Pace;
  readonly slept: number[];
  advance(milliseconds: number): void;
}

function createRun(perSecond: number): Run {
  let time = 1_000;
  const slept: number[] = [];
  const sleep = async (milliseconds: number): Promise<void> => {
    slept.push(milliseconds);
  };
  return {
    pace: createPace({ perSecond, now: () => time, sleep }),
    slept,
    advance: (milliseconds) => {
      time += milliseconds;
    },
  };
}

test('turns are spread evenly, but for the first few milliseconds', async () => {
  const { pace, slept } = createRun(100);
  for (let turns = 0; turns < 6; turns += 1) await pace.turn();
  expect(slept).toEqual([30, 40, 50]);
});

test('time that nobody used is not saved up', async () => {
  const { pace, slept, advance } = createRun(100);
  await pace.turn();
  advance(60_000);
  for (let turns = 0; turns < 4; turns += 1) await pace.turn();
  expect(slept).toEqual([30]);
});
