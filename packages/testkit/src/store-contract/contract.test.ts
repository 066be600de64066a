import type { SessionStore } from '@latchkey/session';
import { type Slot, type StoreKey, slotOf } from '@latchkey/session/parts';
import { createMemoryStore } from '@latchkey/session/store/memory';
import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../fake-clock.ts';
import { storeContract } from './contract.ts';
import type { MakeStoreHarness } from './harness.ts';
import { realm } from './records.ts';

type Damage = (store: SessionStore) => Partial<SessionStore>;

/** A memory store with some methods replaced by worse ones. */
function damaged(damage: Damage): MakeStoreHarness {
  return async () => {
    const clock = createFakeClock();
    const base = createMemoryStore({ now: clock.now });
    const store = { ...base, ...damage(base) };
    return {
      open: async () => closable(store),
      advance: async (milliseconds) => clock.advance(milliseconds),
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
      found: /ending a sign-in ends all its sessions/,
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
    'replaces whatever version is there': {
      damage: (store) => ({
        retire: (key, by) => store.retire(key, by),
      }),
      found: /^a version that is not the last one is not replaced/,
    },
    'forgets what was left with what it replaces': {
      damage: (store) => ({
        retire: (key, { successor }, readVersion) => store.retire(key, { successor }, readVersion),
      }),
      found: /^what was left with a session that was replaced stays with it/,
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
    'opens a rotated key for ever': {
      damage(store) {
        const moved = new Map<StoreKey, StoreKey>();
        return {
          async rotate(key, successor) {
            const answer = await store.rotate(key, successor);
            if (answer === 'rotated') moved.set(key, successor);
            return answer;
          },
          read: async (key) => (await store.read(key)) ?? store.read(moved.get(key) ?? key),
        };
      },
      found: /^a key that was rotated neither reads, writes, uses nor ends what came after/,
    },
    'forgets what a session was replaced by when its sign-in ends': {
      damage(store) {
        const ended = new Set<Slot>();
        return {
          async endSignIn(slot, ...rest) {
            ended.add(slot);
            await store.endSignIn(slot, ...rest);
          },
          findRetired: async (key) => (ended.has(slotOf(key)) ? null : store.findRetired(key)),
        };
      },
      found: /^the end of its sign-in does not make it a stranger’s/,
    },
    'replaces a session for everybody who asks': {
      damage: (store) => ({
        async retire(...given) {
          const answer = await store.retire(...given);
          return answer === 'replaced' ? 'retired' : answer;
        },
      }),
      found: /^the first that replaces a session does/,
    },
    'looks and moves a session in two steps': {
      damage: (store) => ({
        async rotate(key, successor) {
          const reading = await store.read(key);
          if (reading === null) return 'ended';
          await store.create(successor, reading.session);
          return 'rotated';
        },
      }),
      found: /^of 50 that rotate one session, one does/,
    },
    'ends by a rotated key what came after': {
      damage(store) {
        const moved = new Map<StoreKey, StoreKey>();
        return {
          async rotate(key, successor) {
            const answer = await store.rotate(key, successor);
            if (answer === 'rotated') moved.set(key, successor);
            return answer;
          },
          end: (key) => store.end(moved.get(key) ?? key),
        };
      },
      found: /^a key that was rotated neither reads, writes, uses nor ends what came after/,
    },
    'lists sign-ins in the order in which they were made': {
      damage: (store) => ({
        listSignIns: async (...args) => (await store.listSignIns(...args)).toReversed(),
      }),
      found: /^the sign-ins of an account are listed, the one made last first/,
    },
    'lists the sign-ins of accounts whose id begins alike': {
      damage(store) {
        const ids = new Set<string>();
        return {
          createSignIn(slot, record, realm) {
            ids.add(record.account.id);
            return store.createSignIn(slot, record, realm);
          },
          async listSignIns(realm, accountId, limit) {
            const alike = [...ids].filter((id) => id.slice(0, 200) === accountId.slice(0, 200));
            return (
              await Promise.all(alike.map((id) => store.listSignIns(realm, id, limit)))
            ).flat();
          },
        };
      },
      found: /^an account is found by its very id/,
    },
    'does not keep where somebody signed in': {
      damage: (store) => ({
        createSignIn: (slot, record, realm) =>
          store.createSignIn(slot, { ...record, place: '' }, realm),
      }),
      found: /^device, place and the wish to stay signed in/,
    },
    'forgets every report with the first one dropped': {
      damage: (store) => ({
        async dropReports() {
          const all = await store.readReports(realm, 1000);
          await store.dropReports(
            realm,
            all.map(({ id }) => id),
          );
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
