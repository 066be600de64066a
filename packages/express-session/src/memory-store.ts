import type { Done, Found, MemoryStoreShape, SessionData } from './shapes.ts';
import { Store } from './store.ts';

export type MemoryStore = MemoryStoreShape;

/** How many milliseconds are between two looks for records that have run out. */
const sweepMilliseconds = 60_000;

type Self = MemoryStoreShape & { sweptAt: number };

/**
 * Records in the memory of this process, for development and tests: they are gone when it ends, and other processes
 * do not see them. Records that have run out are removed; those without an end stay.
 */
export const MemoryStore: typeof MemoryStoreShape = function MemoryStore(this: Self): void {
  Reflect.apply(Store, this, []);
  this.sessions = Object.create(null) as Record<string, string>;
  Object.defineProperty(this, 'sweptAt', { value: 0, writable: true });
} as unknown as typeof MemoryStoreShape;

const methods = {
  all(callback?: Found<Record<string, SessionData>>) {
    const found = Object.create(null) as Record<string, SessionData>;
    for (const id of Object.keys(this.sessions)) {
      const record = read(this, id);
      if (record !== undefined) found[id] = record;
    }
    if (callback) setImmediate(callback, null, found);
  },
  clear(callback?: Done) {
    this.sessions = Object.create(null) as Record<string, string>;
    if (callback) setImmediate(callback);
  },
  destroy(id: string, callback?: Done) {
    delete this.sessions[id];
    if (callback) setImmediate(callback);
  },
  get(id: string, callback: Found<SessionData | null>) {
    setImmediate(callback, null, read(this, id));
  },
  set(id: string, session: SessionData, callback?: Done) {
    this.sessions[id] = JSON.stringify(session);
    if (Date.now() - this.sweptAt > sweepMilliseconds) sweep(this);
    if (callback) setImmediate(callback);
  },
  length(callback: Found<number>) {
    this.all((error, found) => {
      if (error) callback(error);
      else callback(null, Object.keys(found ?? {}).length);
    });
  },
  touch(id: string, session: SessionData, callback?: () => void) {
    const record = read(this, id);
    if (record !== undefined) {
      this.sessions[id] = JSON.stringify({ ...record, cookie: session.cookie });
    }
    if (callback) setImmediate(callback);
  },
} satisfies ThisType<Self>;

Object.setPrototypeOf(MemoryStore, Store);
Object.setPrototypeOf(MemoryStore.prototype, Store.prototype);
for (const [name, value] of Object.entries(methods)) {
  Object.defineProperty(MemoryStore.prototype, name, { value, writable: true, configurable: true });
}

function read(store: Self, id: string): SessionData | undefined {
  const text = store.sessions[id];
  if (text === undefined) return undefined;
  const record = JSON.parse(text) as SessionData;
  const expires: unknown = record.cookie?.expires;
  if (typeof expires !== 'string' || new Date(expires).valueOf() > Date.now()) return record;
  delete store.sessions[id];
  return undefined;
}

function sweep(store: Self): void {
  store.sweptAt = Date.now();
  for (const id of Object.keys(store.sessions)) read(store, id);
}
