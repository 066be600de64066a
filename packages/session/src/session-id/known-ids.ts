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

interface KnownId {
  readonly id: string;
  readonly key: StoreKey;
}

/** Where the number of an id is taken from: its secret, so that whoever knows no more than a tag gets nothing compared. */
const numberFrom = 17;
const numberTo = numberFrom + 5;

/**
 * Says nothing about whether an id is still good: it holds what `storeKey` gives, which is the same for ever. At most
 * `maxIds` (default 16,384, some 3 MB).
 *
 * By a number from five characters of the secret, not by the id: a value cut out of a header has no hash yet, and to make one
 * of 60 characters costs three times as much. Of two ids with one number the later one is known.
 */
export function createKnownIds(maxIds = 16_384): KnownIds {
  const ids = new BoundedMap<number, KnownId>(maxIds);
  return {
    keyOf(value) {
      const known = ids.get(numberOf(value));
      return known !== undefined && known.id === value ? known.key : undefined;
    },
    note(id, key) {
      const number = numberOf(id);
      if (ids.get(number)?.id === id || !ids.takesNew()) return;
      // Copied: a part of a string keeps the whole of it in memory, here the header with all other cookies.
      ids.set(number, { id: Buffer.from(id, 'latin1').toString('latin1'), key });
    },
  };
}

/** Of a shorter value some number, which is no id's of the exact form, or that of one it is not the same as. */
function numberOf(value: string): number {
  let number = 0;
  for (let at = numberFrom; at < numberTo; at += 1) {
    number = (number << 6) | (value.charCodeAt(at) & 63);
  }
  return number;
}
