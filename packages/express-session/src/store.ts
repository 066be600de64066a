import { EventEmitter } from 'node:events';
import { Cookie } from './cookie.ts';
import { Session } from './session.ts';
import type { Done, Found, SessionData, SessionOwner, StoreInUse, StoreShape } from './shapes.ts';

export type Store = StoreShape;

/** The base of stores. A class to extend, and, for older store packages, a function to call on their own object. */
export const Store: typeof StoreShape = function Store(this: object): void {
  Reflect.apply(EventEmitter, this, []);
} as unknown as typeof StoreShape;

const methods = {
  regenerate(this: StoreInUse, request: SessionOwner, callback: Done) {
    this.destroy(request.sessionID as string, (error) => {
      this.generate(request);
      callback(error);
    });
  },
  load(this: StoreShape, id: string, callback: Found<SessionData>) {
    this.get(id, (error, data) => {
      if (error) return callback(error);
      if (!data) return callback();
      callback(null, this.createSession({ sessionID: id, sessionStore: this }, data));
    });
  },
  createSession,
};

Object.setPrototypeOf(Store, EventEmitter);
Object.setPrototypeOf(Store.prototype, EventEmitter.prototype);
for (const [name, value] of Object.entries(methods)) {
  Object.defineProperty(Store.prototype, name, { value, writable: true, configurable: true });
}

/** Makes `request.session` of a record. Throws where the record has no cookie: no session middleware wrote it. */
export function createSession(request: SessionOwner, data: SessionData): Session & SessionData {
  const { expires, originalMaxAge } = data.cookie as { expires?: unknown; originalMaxAge: number };
  const cookie = new Cookie(data.cookie);
  if (typeof expires === 'string') cookie.expires = new Date(expires);
  cookie.originalMaxAge = originalMaxAge;
  data.cookie = cookie;
  const session = new Session(request, data) as Session & SessionData;
  request.session = session;
  return session;
}

/**
 * Whether the store inherits `createSession` from a base class, ours or that of express-session, which many store packages
 * import by themselves; then ours does the same. A store that has its own is asked.
 */
export function hasOwnCreateSession(store: StoreShape): boolean {
  if (typeof store.createSession !== 'function') return false;
  let holder: object | null = store;
  while (holder !== null && !Object.hasOwn(holder, 'createSession')) {
    holder = Object.getPrototypeOf(holder);
  }
  const isBase = holder !== null && holder !== store && Object.hasOwn(holder, 'regenerate');
  return !(isBase && holder !== null && Object.hasOwn(holder, 'load'));
}
