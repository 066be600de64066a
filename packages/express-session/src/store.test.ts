import { EventEmitter, once } from 'node:events';
import { inherits, promisify } from 'node:util';
import original from 'express-session';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Cookie } from './cookie.ts';
import { MemoryStore } from './memory-store.ts';
import { Session } from './session.ts';
import type { Done, Found, SessionData, SessionOwner } from './shapes.ts';
import { hasOwnCreateSession, Store } from './store.ts';

const record = (maxAge: number | null = null): SessionData =>
  ({ cookie: new Cookie({ maxAge }) }) as SessionData;
const kept = (data: SessionData): SessionData => JSON.parse(JSON.stringify(data)) as SessionData;

/** The form of store packages from before classes. */
interface OldStore extends InstanceType<typeof Store> {
  readonly records: Map<string, SessionData>;
}
const OldStore = function OldStore(this: { records: Map<string, SessionData> }, options: object) {
  Reflect.apply(Store, this, [options]);
  this.records = new Map();
} as unknown as new (
  options: object,
) => OldStore;
inherits(OldStore, Store);
Object.assign(OldStore.prototype, {
  get(id: string, callback: Found<SessionData>) {
    callback(null, this.records.get(id));
  },
  set(id: string, data: SessionData, callback?: Done) {
    this.records.set(id, kept(data));
    callback?.();
  },
  destroy(id: string, callback?: Done) {
    this.records.delete(id);
    callback?.();
  },
} satisfies ThisType<OldStore>);

class NewStore extends Store {
  readonly records = new Map<string, SessionData>();
  get(id: string, callback: Found<SessionData>): void {
    callback(null, this.records.get(id));
  }
  set(id: string, data: SessionData, callback?: Done): void {
    this.records.set(id, kept(data));
    callback?.();
  }
  destroy(id: string, callback?: Done): void {
    this.records.delete(id);
    callback?.();
  }
}

for (const [form, make] of [
  ['made in the old form', () => new OldStore({})],
  ['that extends the class', () => new NewStore()],
] as const) {
  describe(`a store ${form}`, () => {
    test('is a store and an emitter of events', () => {
      const store = make();
      const heard = vi.fn();
      store.on('disconnect', heard);
      store.emit('disconnect');
      expect(heard).toHaveBeenCalledOnce();
      expect(store).toBeInstanceOf(Store);
      expect(store).toBeInstanceOf(EventEmitter);
    });

    test('loads sessions by id', () => {
      // The maximal age is what is left at the moment of loading.
      vi.useFakeTimers({ toFake: ['Date'] });
      onTestFinished(() => void vi.useRealTimers());
      const store = make();
      const data = Object.assign(record(60_000), { views: 3 });
      store.records.set('an-id', kept(data));
      const loaded = vi.fn();
      store.load('an-id', loaded);
      store.load('another', loaded);
      const [[error, session], nothing] = loaded.mock.calls as [[unknown, SessionData], unknown[]];
      expect(error).toBe(null);
      expect(session).toBeInstanceOf(Session);
      expect(session).toMatchObject({ id: 'an-id', views: 3 });
      expect(session.cookie.expires).toEqual(data.cookie.expires);
      expect(session.cookie.originalMaxAge).toBe(60_000);
      expect(nothing).toEqual([]);
    });

    test('tells what went wrong when it loads', () => {
      const store = make();
      const down = new Error('down');
      store.get = (_id, callback) => callback(down);
      const loaded = vi.fn();
      store.load('an-id', loaded);
      expect(loaded.mock.calls).toEqual([[down]]);
    });

    test('its sessions can be saved, reloaded, destroyed and regenerated outside of a request', () => {
      const store = make();
      store.records.set('an-id', kept(record()));
      Object.assign(store, {
        generate: (request: SessionOwner) => {
          request.session = 'a new one';
        },
      });
      store.load('an-id', (_error, found) => {
        const session = found as SessionData & Session & { n?: number };
        session.n = 1;
        session.save();
        expect(store.records.get('an-id')).toMatchObject({ n: 1 });
        session.reload((error) => expect(error).toBe(undefined));
        session.destroy();
        expect(store.records.size).toBe(0);
        session.reload((error) => expect(error).toEqual(new Error('failed to load session')));
        session.regenerate((error) => expect(error).toBe(undefined));
      });
      expect.assertions(5);
    });
  });
}

test('a store that makes its sessions by itself is told from one that leaves that to the base', () => {
  const own = new NewStore();
  own.createSession = () => new Session({}) as Session & SessionData;
  class Custom extends NewStore {
    override createSession(): Session & SessionData {
      return new Session({}) as Session & SessionData;
    }
  }
  class OfOriginal extends original.MemoryStore {}
  const ofOriginal = new OfOriginal() as unknown as NewStore;
  expect(
    [new NewStore(), new OldStore({}), new MemoryStore(), ofOriginal].map(hasOwnCreateSession),
  ).toEqual([false, false, false, false]);
  expect([own, new Custom()].map(hasOwnCreateSession)).toEqual([true, true]);
  expect(hasOwnCreateSession(new EventEmitter() as NewStore)).toBe(false);
});

describe('the memory store', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('keeps records until they run out', async () => {
    const store = new MemoryStore();
    const set = promisify(store.set.bind(store));
    const get = promisify(store.get.bind(store)) as (
      id: string,
    ) => Promise<SessionData | undefined>;
    await set('short', record(1_000));
    await set('endless', record());
    expect(await get('short')).toMatchObject({ cookie: { originalMaxAge: 1_000 } });
    vi.setSystemTime(Date.now() + 1_000);
    expect(await get('short')).toBe(undefined);
    expect(await get('endless')).toBeDefined();
    expect(await promisify(store.length.bind(store))()).toBe(1);
  });

  test('keeps a record that is touched for longer, and makes none of it', async () => {
    const store = new MemoryStore();
    store.set('an-id', Object.assign(record(1_000), { n: 1 }));
    store.touch('an-id', record(9_000));
    store.touch('another', record(9_000));
    vi.setSystemTime(Date.now() + 5_000);
    const all = await promisify(store.all.bind(store))();
    expect(all).toMatchObject({ 'an-id': { n: 1 } });
    expect(Object.keys(all as object)).toEqual(['an-id']);
  });

  test('does not fill up with records that nobody asks for any more', () => {
    const store = new MemoryStore();
    for (let number = 0; number < 10; number += 1) store.set(`${number}`, record(1_000));
    vi.setSystemTime(Date.now() + 61_000);
    store.set('last', record(1_000));
    expect(Object.keys(store.sessions)).toEqual(['last']);
  });

  test('can be emptied, and is a class to extend or to call', async () => {
    const Old = function Old(this: object) {
      Reflect.apply(MemoryStore, this, []);
    } as unknown as typeof MemoryStore;
    inherits(Old, MemoryStore);
    class New extends MemoryStore {}
    for (const store of [new Old(), new New()]) {
      store.set('an-id', record());
      const cleared = promisify(store.clear.bind(store));
      await cleared();
      expect(store.sessions).toEqual({});
      store.set('an-id', record());
      store.destroy('an-id');
      expect(store.sessions).toEqual({});
      expect(Object.keys(store)).not.toContain('sweptAt');
      setImmediate(() => store.emit('connect'));
      await once(store, 'connect');
    }
  });
});
