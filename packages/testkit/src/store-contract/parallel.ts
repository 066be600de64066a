import { equal, fail } from 'node:assert/strict';
import type { SessionStore } from '@latchkey/session';
import type { StoreKey } from '@latchkey/session/parts';
import { liveAt } from './records.ts';

/** Calls `work` 50 times at once, by turns on the two handles, and gives the answers. */
export function inParallel<T>(
  handles: readonly [SessionStore, SessionStore],
  work: (store: SessionStore, turn: number) => Promise<T>,
): Promise<T[]> {
  const turns = Array.from({ length: 50 }, (_, turn) => turn);
  return Promise.all(turns.map((turn) => work(handles[turn % 2 === 0 ? 0 : 1], turn)));
}

/** Plays a race 20 times, side by side: each in a slot of its own, so none is in another's way. */
export async function inRounds(round: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: 20 }, round));
}

export function count<T>(answers: readonly T[], answer: T): number {
  return answers.filter((item) => item === answer).length;
}

/** Adds one key to the data. Of 50 writers one gets through each time, so nobody needs more tries than that. */
export async function addKey(store: SessionStore, key: StoreKey, name: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const { session } = await liveAt(store, key);
    const data = { ...(JSON.parse(session.data) as object), [name]: 1 };
    const answer = await store.replace(key, JSON.stringify(data), session.version);
    if (answer === 'saved') return;
    equal(answer, 'outdated');
  }
  fail('outdated each time, though others can have been first 49 times at most');
}
