import type { SessionStore } from '@latchkey/session';
import { createMemoryStore } from '@latchkey/session/store/memory';
import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../fake-clock.ts';
import { storeContract } from './contract.ts';
import type { MakeStoreHarness } from './harness.ts';

type Damage = (store: SessionStore) => Partial<SessionStore>;

/** A memory store with some methods replaced by worse ones. */
function damaged(damage: Damage): MakeStoreHarness {
  return async () => {
    const clock = createFakeClock();
    const base = createMemoryStore({ now: clock.now });
    const store = { ...base, ...damage(base) };
    return {
      open: async () => closable(store),
      advance: async (ms) => clock.advance(ms),
      close: async () => undefined,
    };
  };
}

/** A handle that can be closed while others on the same data stay open. */
function closable(store: SessionStore): SessionStore {
  let isOpen = true;
  const refuse = () => Promise.reject(Object.assign(new Error(), { code: 'store_unavailable' }));
  const close = async (): Promise<void> => {
    isOpen = false;
  };
  return new Proxy(store, {
    get(target, name: keyof SessionStore) {
      if (name === 'close') return close;
      return isOpen || name === 'now' ? target[name] : refuse;
    },
  });
}

async function failures(damage: Damage): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of storeContract) {
    await run(damaged(damage)).catch(() => failed.push(name));
  }
  return failed;
}

test('a sound store passes, and no two cases have one name', async () => {
  expect(await failures(() => ({}))).toEqual([]);
  expect(new Set(storeContract.map(({ name }) => name)).size).toBe(storeContract.length);
});

describe('the contract finds a store that', () => {
  const faults: Record<string, { damage: Damage; found: RegExp }> = {
    'answers from a cache after an end': {
      damage(store) {
        const seen = new Map<string, Awaited<ReturnType<SessionStore['read']>>>();
        return {
          async read(key) {
            const reading = seen.get(key) ?? (await store.read(key));
            if (reading) seen.set(key, reading);
            return reading;
          },
        };
      },
      found: /^ending a sign-in ends all its sessions/,
    },
    'brings an ended session back when it is written': {
      damage(store) {
        const revived = new Set<string>();
        return {
          async replace(key, data, readVersion) {
            const answer = await store.replace(key, data, readVersion);
            if (answer === 'ended') revived.add(key);
            return answer === 'ended' ? 'saved' : answer;
          },
        };
      },
      found: /^a slow writer never brings back/,
    },
    'writes over whatever version is there': {
      damage: (store) => ({
        async replace(key, data) {
          const reading = await store.read(key);
          return store.replace(key, data, reading?.session.version ?? 1);
        },
      }),
      found: /^replace over an older version says outdated/,
    },
    'ends whatever version is there': {
      damage: (store) => ({ end: (key) => store.end(key) }),
      found: /^ending a version that is not the last one/,
    },
    'ends only a sign-in that it finds': {
      damage: (store) => ({
        async endSignIn(slot, cause, options) {
          if (await store.readSignIn(slot)) await store.endSignIn(slot, cause, options);
        },
      }),
      found: /^a sign-in that arrives after its ending/,
    },
    'looks and takes a one-time id in two steps': {
      damage() {
        const taken = new Set<string>();
        return {
          async takeOnce(_slot, { id }) {
            const isUsed = taken.has(id);
            await Promise.resolve();
            taken.add(id);
            return isUsed ? 'used' : 'taken';
          },
        };
      },
      found: /^of 50 that bring one one-time id, one takes it/,
    },
    'takes no one-time id when it makes a session': {
      damage: (store) => ({ create: (key, record) => store.create(key, record) }),
      found: /^of 50 that bring one one-time id, one makes a session/,
    },
    'makes signed-in sessions without a sign-in': {
      damage: (store) => ({
        create: (key, record, once) =>
          record.signedIn
            ? store.create(key, { ...record, signedIn: false }, once)
            : store.create(key, record, once),
      }),
      found: /^a signed-in session without its sign-in is absent/,
    },
    'does not record a use': {
      damage: () => ({ touch: async () => undefined }),
      found: /^a use is recorded/,
    },
    'forgets every report with the first one dropped': {
      damage: (store) => ({
        async dropReports() {
          const all = await store.readReports(1000);
          await store.dropReports(all.map(({ id }) => id));
        },
      }),
      found: /^reports outlive the process/,
    },
  };
  for (const [name, { damage, found }] of Object.entries(faults)) {
    test(name, async () => {
      expect(await failures(damage)).toContainEqual(expect.stringMatching(found));
    });
  }
});
