import { randomBytes, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { realm } from '../../../test/realm.ts';
import { createSessionId, createSlot, storeKey } from '../../session-id/session-id.ts';
import type { Reading, SessionStore, Slot, StoreKey } from '../../session-store.ts';
import { createMemoryStore } from '../memory.ts';
import { leaseMilliseconds, leaseWaitMilliseconds } from './lease.ts';
import { createLeasedStore } from './leased-store.ts';

/** A connection between process and store whose answers, heartbeats and pushes the test lets through. */
function createTestChannel(store: SessionStore) {
  const listeners: ((slot: Slot | null) => void)[] = [];
  const channel = {
    notesMisses: true,
    connection: {} as object | null,
    reads: 0,
    heartbeats: 0,
    /** Answers wait here while it is not null. */
    held: null as (() => void)[] | null,
    push: (slot: Slot | null) => {
      for (const listener of listeners) listener(slot);
    },
    current: () => channel.connection,
    async read(_connection: object, key: StoreKey): Promise<Reading | null> {
      channel.reads += 1;
      const reading = await store.read(key);
      await passing();
      return reading;
    },
    async heartbeat(): Promise<void> {
      channel.heartbeats += 1;
      await passing();
    },
    onChange: (listener: (slot: Slot | null) => void) => void listeners.push(listener),
    close: async () => undefined,
  };
  async function passing(): Promise<void> {
    if (channel.held !== null) await new Promise<void>((pass) => channel.held?.push(pass));
  }
  return channel;
}

interface Bench {
  readonly store: SessionStore;
  readonly inner: SessionStore;
  readonly channel: ReturnType<typeof createTestChannel>;
  readonly waits: number[];
  readonly slot: Slot;
  readonly key: StoreKey;
  pass(milliseconds: number): void;
  /** The machine sleeps: the clock that only goes forward stands still. */
  suspend(milliseconds: number): void;
}

async function openBench(idleSeconds = 3_600): Promise<Bench> {
  const time = { now: 1_700_000_000_000, suspended: 0 };
  const inner = createMemoryStore({ now: () => time.now });
  const channel = createTestChannel(inner);
  const waits: number[] = [];
  const store = createLeasedStore({
    store: inner,
    channel,
    maxBytes: 30_000,
    clock: { monotonic: () => time.now - time.suspended - 1_000_000_000_000, wall: () => time.now },
    wait: async (milliseconds) => void waits.push(milliseconds),
  });
  const slot = createSlot(randomBytes);
  const key = storeKey(realm, createSessionId(slot, randomBytes));
  await inner.createSignIn(
    slot,
    {
      version: 1,
      id: randomUUID(),
      account: { id: randomUUID(), email: 'ben@kittens.example', name: 'Ben' },
      provedAt: time.now,
      methods: ['pwd'],
      device: '',
      place: '',
      remembered: false,
      apps: { shop: null },
      createdAt: time.now,
      idleSeconds,
      absoluteSeconds: 86_400,
    },
    realm,
  );
  await inner.create(key, {
    version: 1,
    scope: 'shop',
    signedIn: true,
    createdAt: time.now,
    idleSeconds,
    absoluteSeconds: 86_400,
    data: '{"a":1}',
  });
  const pass = (milliseconds: number): void => {
    time.now += milliseconds;
  };
  const suspend = (milliseconds: number): void => {
    time.suspended += milliseconds;
    pass(milliseconds);
  };
  return { store, inner, channel, waits, slot, key, pass, suspend };
}

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});

describe('memory answers', () => {
  test('synchronously, without asking, while the lease is held', async () => {
    const { store, channel, key } = bench;
    expect(await store.read(key)).not.toBeNull();
    const again = store.read(key);
    expect(again).not.toBeInstanceOf(Promise);
    expect(channel.reads).toBe(1);
  });

  test('not once the lease has run out: the read is the next heartbeat', async () => {
    const { store, channel, key, pass } = bench;
    await store.read(key);
    pass(leaseMilliseconds);
    expect(store.read(key)).toBeInstanceOf(Promise);
    expect(channel.reads).toBe(2);
  });

  test('not for longer than a minute, whether a change was heard or not', async () => {
    const { store, inner, key, slot, pass } = bench;
    const unknown = storeKey(realm, createSessionId(slot, randomBytes));
    const dataAfter = async (milliseconds: number) => {
      pass(milliseconds);
      // Holds the lease; whoever wrote crashed before it could tell.
      await store.read(unknown);
      return (await store.read(key))?.session.data;
    };
    await store.read(key);
    await inner.replace(key, '{"untold":1}', 1);
    expect(await dataAfter(59_999)).toBe('{"a":1}');
    expect(await dataAfter(1)).toBe('{"untold":1}');
  });

  test('not by a key that was rotated', async () => {
    const { store, key, slot } = bench;
    const successor = storeKey(realm, createSessionId(slot, randomBytes));
    await store.rotate(key, successor);
    for (let time = 0; time < 3; time += 1) {
      const reading = store.read(key);
      expect(reading).toBeInstanceOf(Promise);
      expect(await reading).toBe(null);
    }
  });

  test('not what was read while its connection was given up', async () => {
    const { store, channel, key } = bench;
    channel.held = [];
    const reading = store.read(key) as Promise<Reading | null>;
    await settle();
    const [lost] = [channel.connection];
    channel.connection = null;
    for (const pass of channel.held ?? []) pass();
    channel.held = null;
    expect(await reading).not.toBeNull();
    channel.connection = lost;
    expect(store.read(key)).toBeInstanceOf(Promise);
  });

  test('not past the deadline of the session itself', async () => {
    const idle = await openBench(0.1);
    await idle.store.read(idle.key);
    idle.pass(100);
    expect(await idle.store.read(idle.key)).toBeNull();
  });

  test('not after a change was heard, nor when anything may have changed', async () => {
    const { store, channel, key, slot } = bench;
    for (const change of [slot, null]) {
      await store.read(key);
      channel.push(change);
      expect(store.read(key)).toBeInstanceOf(Promise);
    }
  });

  test('not what a change overtook on its way', async () => {
    const { store, inner, channel, key, slot } = bench;
    channel.held = [];
    const reading = store.read(key) as Promise<Reading | null>;
    await Promise.resolve();
    await inner.endSignIn(slot, 'sign-out');
    channel.push(slot);
    await settle();
    for (const pass of channel.held ?? []) pass();
    channel.held = null;
    expect(await reading).not.toBeNull();
    expect(await store.read(key)).toBeNull();
  });

  test('not what another connection brought', async () => {
    const { store, channel, key } = bench;
    await store.read(key);
    channel.connection = {};
    expect(store.read(key)).toBeInstanceOf(Promise);
    await store.read(key);
    expect(store.read(key)).not.toBeInstanceOf(Promise);
  });

  test('not while there is no connection: then the store is asked itself', async () => {
    const { store, channel, key, inner, slot } = bench;
    await store.read(key);
    channel.connection = null;
    await inner.endSignIn(slot, 'sign-out');
    expect(await store.read(key)).toBeNull();
    expect(channel.reads).toBe(1);
  });

  test('not for a null: absence is asked for each time', async () => {
    const { store, channel, slot } = bench;
    const unknown = storeKey(realm, createSessionId(slot, randomBytes));
    expect(await store.read(unknown)).toBeNull();
    expect(await store.read(unknown)).toBeNull();
    expect(channel.reads).toBe(2);
  });
});

test('ids that somebody makes up are soon not asked for over the tracked connection, and those that are there still are', async () => {
  const { store, channel, key, pass } = bench;
  const forge = () => storeKey(realm, createSessionId(createSlot(randomBytes), randomBytes));
  for (let forged = 0; forged < 1500; forged += 1) expect(await store.read(forge())).toBeNull();
  expect(channel.reads).toBe(1000);
  expect(await store.read(key)).not.toBeNull();
  expect(channel.reads).toBe(1001);
  expect(store.read(key)).not.toBeInstanceOf(Promise);
  pass(2_000);
  for (let forged = 0; forged < 10; forged += 1) expect(await store.read(forge())).toBeNull();
  expect(channel.reads).toBe(1003);
});

describe('an ending', () => {
  test('resolves only after the lease was waited out, and so does a change of what may be entered', async () => {
    const { store, waits, slot, key } = bench;
    const found = await store.readSignIn(slot);
    if (found === null) throw new Error('The sign-in is live.');
    await store.replaceSignIn(slot, { ...found.signIn, apps: {} }, found.signIn.version);
    await store.end(key);
    await store.endSignIn(slot, 'sign-out');
    expect(waits).toEqual([leaseWaitMilliseconds, leaseWaitMilliseconds, leaseWaitMilliseconds]);
    expect(leaseWaitMilliseconds).toBeGreaterThan(leaseMilliseconds);
  });

  test('is believed by memory whose pushes and heartbeats are all late', async () => {
    const { store, inner, channel, slot, key, pass } = bench;
    await store.read(key);
    channel.held = [];
    // Another process ends it; its push never arrives here, nor does any answer.
    await inner.endSignIn(slot, 'sign-out');
    pass(leaseWaitMilliseconds);
    const reading = store.read(key) as Promise<Reading | null>;
    await settle();
    for (const answer of channel.held) answer();
    expect(await reading).toBeNull();
  });

  test.each(['pass', 'suspend'] as const)(
    'is seen by a request that begins after it, although an older read of that key is still under way (%s)',
    async (elapse) => {
      const { store, inner, channel, slot, key } = bench;
      channel.held = [];
      const before = store.read(key) as Promise<Reading | null>;
      await settle();
      await inner.endSignIn(slot, 'sign-out');
      bench[elapse](leaseWaitMilliseconds);
      const after = store.read(key) as Promise<Reading | null>;
      await settle();
      for (const answer of channel.held) answer();
      expect(await before).not.toBeNull();
      expect(await after).toBeNull();
    },
  );
});

describe('a process', () => {
  test('reads what it wrote', async () => {
    const { store, key } = bench;
    const before = await store.read(key);
    expect(await store.replace(key, '{"a":2}', before?.session.version ?? 0)).toBe('saved');
    expect((await store.read(key))?.session.data).toBe('{"a":2}');
  });

  test('reads what it wrote while an older read was under way', async () => {
    const { store, channel, key } = bench;
    channel.held = [];
    const older = store.read(key) as Promise<Reading | null>;
    await settle();
    await store.replace(key, '{"a":2}', 1);
    const newer = store.read(key) as Promise<Reading | null>;
    await settle();
    for (const answer of channel.held) answer();
    channel.held = null;
    await older;
    expect((await newer)?.session.data).toBe('{"a":2}');
    expect((await store.read(key))?.session.data).toBe('{"a":2}');
  });

  test('shares one read among requests of one key', async () => {
    const { store, channel, key } = bench;
    await Promise.all([store.read(key), store.read(key), store.read(key)]);
    expect(channel.reads).toBe(1);
  });

  test('remembers no more than it may', async () => {
    const { store, inner, channel } = bench;
    const keys = await Promise.all(
      Array.from({ length: 300 }, async () => {
        const key = storeKey(realm, createSessionId(createSlot(randomBytes), randomBytes));
        const limits = { idleSeconds: 60, absoluteSeconds: 60 };
        const record = { version: 1, scope: 'shop', signedIn: false, createdAt: inner.now() };
        await inner.create(key, { ...record, ...limits, data: '{}' });
        return key;
      }),
    );
    for (const key of keys) await store.read(key);
    const asked = channel.reads;
    for (const key of keys) await store.read(key);
    // 30,000 bytes hold about a hundred sessions.
    expect(channel.reads - asked).toBeGreaterThan(150);
  });
});

/** Lets promises that can go on do so. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
