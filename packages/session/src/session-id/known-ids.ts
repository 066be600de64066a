import { BoundedMap } from '../bounded-map.ts';
import type { StoreKey } from '../session-store.ts';
import type { SessionId } from './session-id.ts';

/** Session ids that opened a session lately, with their store keys: what comes at each request is hashed once. */
export interface KnownIds {
  /** The store key of a cookie value that was noted; undefined of any other, and of one that was forgotten. */
  keyOf(value: string): StoreKey | undefined;
  /** Notes an id that opened a session. Not any other: what somebody makes up must not drive out what is used. */
  note(id: SessionId, key: StoreKey): void;
}

/**
 * Says nothing about whether an id is still good: it holds what `storeKey` gives, which is the same for ever. At most
 * `maxIds` (default 16,384, some 3 MB).
 */
export function createKnownIds(maxIds = 16_384): KnownIds {
  const keys = new BoundedMap<string, StoreKey>(maxIds);
  return {
    keyOf: (value) => keys.get(value),
    note(id, key) {
      if (keys.get(id) !== undefined || !keys.takesNew()) return;
      // Copied: a part of a string keeps the whole of it in memory, here the header with all other cookies.
      keys.set(Buffer.from(id, 'latin1').toString('latin1'), key);
    },
  };
}
