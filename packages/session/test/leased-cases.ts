import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { SessionStore, StoreKey } from '../src/session-store.ts';
import { signedInPerson } from './signed-in-person.ts';

/** Whether memory ever answers: synchronously. */
export async function isRemembered(
  store: SessionStore,
  key: StoreKey,
  attempts: number,
): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const reading = store.read(key);
    if (!(reading instanceof Promise)) return true;
    await reading;
    await sleep(5);
  }
  return false;
}

/** Reads until memory answers. The time-out of the test is the only limit. */
export async function warm(store: SessionStore, key: StoreKey): Promise<void> {
  if (!(await isRemembered(store, key, Number.POSITIVE_INFINITY))) throw new Error('Never.');
}

/** Opens a store as one more process would have it. */
type Open = () => Promise<SessionStore>;

function openMany(open: Open, count: number): Promise<SessionStore[]> {
  return Promise.all(Array.from({ length: count }, () => open()));
}

/** What the memory of a leased store must do, whatever the server. */
export const leasedCases: readonly { readonly name: string; run(open: Open): Promise<void> }[] = [
  {
    name: 'a hit is answered at once, and a change in another process is heard of',
    async run(open) {
      const [here, there] = [await open(), await open()];
      const { key } = await signedInPerson(here);
      await warm(here, key);
      expect(await there.replace(key, '{"a":1}', 1)).toBe('saved');
      await expect.poll(async () => (await here.read(key))?.session.data).toBe('{"a":1}');
    },
  },
  {
    name: '20 endings, each asked of 20 processes the moment it returned: none is stale',
    async run(open) {
      const processes = await openMany(open, 20);
      const [first] = processes as [SessionStore];
      let stale = 0;
      for (let ending = 0; ending < 20; ending += 1) {
        const { slot, key } = await signedInPerson(first);
        await Promise.all(processes.map((store) => warm(store, key)));
        await first.endSignIn(slot, 'sign-out');
        const readings = await Promise.all(processes.map((store) => store.read(key)));
        stale += readings.filter((reading) => reading !== null).length;
      }
      expect(stale).toBe(0);
    },
  },
  {
    name: 'withdrawn access holds for the very next request in every process',
    async run(open) {
      const processes = await openMany(open, 5);
      const [first] = processes as [SessionStore];
      const { slot, key } = await signedInPerson(first);
      await Promise.all(processes.map((store) => warm(store, key)));
      const found = await first.readSignIn(slot);
      if (found === null) throw new Error('The sign-in is live.');
      await first.replaceSignIn(slot, { ...found.signIn, apps: {} }, found.signIn.version);
      const readings = await Promise.all(processes.map((store) => store.read(key)));
      expect(readings.map((reading) => reading?.signIn?.apps)).toEqual([{}, {}, {}, {}, {}]);
    },
  },
];
