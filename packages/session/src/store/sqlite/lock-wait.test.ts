import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { isBusy } from './failure.ts';
import { openSqliteFile } from './file.ts';
import { createLockWait } from './lock-wait.ts';

/** A file with a table, and another program that can hold its lock. */
async function openTwice() {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-lock-'));
  const path = join(folder, 'numbers.db');
  const own = openSqliteFile(path);
  own.exec('create table numbers (number integer)');
  const other = new DatabaseSync(path);
  onTestFinished(async () => {
    own.close();
    other.close();
    await rm(folder, { recursive: true, force: true });
  });
  const add = (number: number) => () => {
    own.prepare('insert into numbers values (?)').run(number);
    return number;
  };
  return {
    add,
    numbers: () =>
      own
        .prepare('select number from numbers')
        .all()
        .map((row) => row['number']),
    lock: () => other.exec('begin immediate'),
    unlock: () => other.exec('commit'),
  };
}

test('a step whose lock is free is done now', async () => {
  const { add, numbers } = await openTwice();
  expect(createLockWait(1000).run(add(1))).toBe(1);
  expect(numbers()).toEqual([1]);
});

test('while another program holds the lock other work goes on, then steps are done in the order of the calls', async () => {
  const { add, numbers, lock, unlock } = await openTwice();
  const wait = createLockWait(60_000);
  lock();
  const added = [1, 2, 3].map((number) => wait.run(add(number)));
  for (let turn = 0; turn < 100; turn += 1) await nextTurn();
  expect(numbers()).toEqual([]);
  unlock();
  // Nobody overtakes those that wait.
  added.push(wait.run(add(4)));
  expect(await Promise.all(added)).toEqual([1, 2, 3, 4]);
  expect(numbers()).toEqual([1, 2, 3, 4]);
  expect(wait.run(add(5))).toBe(5);
});

test('who waited for the time-out is told; then each call fails after one look, until the lock is free', async () => {
  const { add, numbers, lock, unlock } = await openTwice();
  const wait = createLockWait(50);
  lock();
  const outcomes = await Promise.allSettled([1, 2].map(async (number) => wait.run(add(number))));
  expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
  expect(outcomes.every((outcome) => 'reason' in outcome && isBusy(outcome.reason))).toBe(true);
  expect(() => wait.run(add(3))).toThrow('locked');
  unlock();
  expect(wait.run(add(4))).toBe(4);
  // A new lock is waited for anew.
  lock();
  const patient = wait.run(add(5));
  expect(patient).toBeInstanceOf(Promise);
  unlock();
  expect(await patient).toBe(5);
  expect(numbers()).toEqual([4, 5]);
});

test('a step that fails for another reason fails at once and holds up nobody', async () => {
  const { add, lock, unlock } = await openTwice();
  const wait = createLockWait(60_000);
  const fail = (): never => {
    throw new Error('of the step');
  };
  expect(() => wait.run(fail)).toThrow('of the step');
  lock();
  const waiting = [wait.run(add(1)), wait.run(fail), wait.run(add(2))];
  unlock();
  expect(await Promise.allSettled(waiting)).toMatchObject([
    { value: 1 },
    { reason: { message: 'of the step' } },
    { value: 2 },
  ]);
});
