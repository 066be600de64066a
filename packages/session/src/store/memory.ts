import { refuseUnknown, requireWhole } from '../option-rules.ts';
import type { OwnerKey, RealmKey } from '../realm.ts';
import type { ReportedEnding, SessionStore, Slot, StoreKey } from '../session-store.ts';
import { slotOf } from '../session-store.ts';
import { createSteadyClock } from '../steady-clock.ts';
import { createSlotStore } from './slot-store.ts';
import type { FoundSlot, SlotTable, StoredSession, StoredSlot } from './slot-table.ts';

/** Keys of one slot, most of them tombstones where there are so many. Beyond, the oldest tombstone is forgotten. */
const maxKeysPerSlot = 1024;
/** Slots looked at per write when expired ones are cleared away. */
const sweptPerStep = 16;

export interface MemoryStoreOptions {
  /** Milliseconds since 1970. Default the wall clock, steadied. */
  readonly now?: () => number;
  /**
   * How many anonymous sessions, and besides them how many sign-ins, are kept; beyond, the oldest ends. Whole number
   * above 0. Default 100,000. A flood of anonymous sessions signs nobody out.
   */
  readonly maxSessions?: number;
}

interface MemorySlot {
  stored: StoredSlot | null;
  readonly sessions: Map<StoreKey, StoredSession>;
  readonly once: Map<string, number>;
}

/**
 * Sessions in the memory of this process: for development, tests, and apps of one process. They end with it.
 * Throws `option_invalid` for a `maxSessions` out of bounds. `read` answers synchronously.
 *
 * @example
 * ```ts
 * import { sessions } from '@latchkey/session/express';
 * import { createMemoryStore } from '@latchkey/session/store/memory';
 *
 * const store = createMemoryStore({ maxSessions: 10_000 });
 * export const middleware = sessions({ origin: 'https://shop.example', store });
 * ```
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): SessionStore {
  const { now = createSteadyClock(), maxSessions = 100_000 } = options;
  refuseUnknown(options, ['now', 'maxSessions'], 'The memory store');
  requireWhole(maxSessions, 'maxSessions', { least: 1 });
  return createSlotStore(createMemoryTable(maxSessions), {
    clock: now,
    describe: 'The memory store',
  });
}

/** The table behind a memory store. Several stores may stand on one table, as processes do on one database. */
export function createMemoryTable(maxSessions: number): SlotTable {
  const slots = new Map<Slot, MemorySlot>();
  const orders = createOrders(maxSessions, (slot) => slots.delete(slot));

  function slotAt(slot: Slot): MemorySlot {
    let found = slots.get(slot);
    if (found === undefined) {
      found = { stored: null, sessions: new Map(), once: new Map() };
      slots.set(slot, found);
    }
    return found;
  }

  return {
    exclusive: (step) => step(),
    find(key) {
      const found = slots.get(slotOf(key));
      return { session: found?.sessions.get(key) ?? null, slot: found?.stored ?? null };
    },
    findSlot: (slot) => slots.get(slot)?.stored ?? null,
    findSignIns(owner, now, limit) {
      const found: FoundSlot[] = [];
      for (const slot of orders.newestFirst(owner)) {
        const stored = slots.get(slot)?.stored;
        if (found.length >= limit || !stored) break;
        if (stored.expiresAt > now && stored.idleAt > now) found.push({ slot, stored });
      }
      return found;
    },
    sessionsOf: (slot) => [...(slots.get(slot)?.sessions ?? [])],
    putSession(key, session) {
      const { sessions } = slotAt(slotOf(key));
      sessions.set(key, session);
      if (sessions.size > maxKeysPerSlot) forgetOldest(sessions);
    },
    putSlot(slot, stored) {
      slotAt(slot).stored = stored;
      orders.put(slot, stored);
    },
    setOwner: (slot, owner) => orders.own(slot, owner),
    dropSessions(slot) {
      const sessions = slots.get(slot)?.sessions ?? [];
      for (const [key, { replacedBy }] of sessions) {
        if (replacedBy === null) slots.get(slot)?.sessions.delete(key);
      }
    },
    takeOnce(slot, { id, expiresAt }, now) {
      const { once } = slotAt(slot);
      if ((once.get(id) ?? 0) > now) return false;
      once.set(id, expiresAt);
      return true;
    },
    sweep: createSweep(slots, (slot) => orders.remove(slot)),
    ...createReports(),
    ping: () => undefined,
    close: () => undefined,
  };
}

/** Looks at a few slots at each step, round and round. */
function createSweep(
  slots: ReadonlyMap<Slot, MemorySlot>,
  onForgotten: (slot: Slot) => void,
): SlotTable['sweep'] {
  let sweeper = slots.entries();
  return (now) => {
    for (let looked = 0; looked < sweptPerStep; looked += 1) {
      const next = sweeper.next();
      if (next.done) {
        sweeper = slots.entries();
        return;
      }
      const [slot, found] = next.value;
      if (forgetExpired(found, now)) onForgotten(slot);
    }
  };
}

/** In which order slots came, and whose they are. */
interface Orders {
  put(slot: Slot, stored: StoredSlot): void;
  /** A sign-in was made: it comes last, also where the slot had one before. */
  own(slot: Slot, owner: OwnerKey): void;
  /** Calls `onRemove` too. */
  remove(slot: Slot): void;
  /** The slots of an owner's sign-ins, the one made last first. */
  newestFirst(owner: OwnerKey): readonly Slot[];
}

/** `onRemove`: told of each slot that goes, also to make room. */
function createOrders(maxSlots: number, onRemove: (slot: Slot) => void): Orders {
  // Both in order of creation: the first is the oldest.
  const anonymous = new Set<Slot>();
  const signedIn = new Map<Slot, OwnerKey>();
  const owners = new Map<OwnerKey, Set<Slot>>();

  function dropSignIn(slot: Slot): void {
    const owner = signedIn.get(slot);
    if (owner === undefined) return;
    signedIn.delete(slot);
    const slots = owners.get(owner);
    slots?.delete(slot);
    if (slots?.size === 0) owners.delete(owner);
  }
  function makeRoom(): void {
    for (const order of [anonymous, signedIn]) dropOldest(order, maxSlots, remove);
  }
  function remove(slot: Slot): void {
    anonymous.delete(slot);
    dropSignIn(slot);
    onRemove(slot);
  }

  return {
    put(slot, { signIn, hasEnded }) {
      // A tombstone is in neither order: it is never dropped to make room.
      if (signIn === null) dropSignIn(slot);
      if (signIn === null && !hasEnded) anonymous.add(slot);
      else anonymous.delete(slot);
      makeRoom();
    },
    own(slot, owner) {
      dropSignIn(slot);
      signedIn.set(slot, owner);
      owners.set(owner, (owners.get(owner) ?? new Set()).add(slot));
      makeRoom();
    },
    remove,
    newestFirst: (owner) => [...(owners.get(owner) ?? [])].reverse(),
  };
}

function forgetOldest(sessions: Map<StoreKey, StoredSession>): void {
  for (const [key, { record }] of sessions) {
    if (record !== null) continue;
    sessions.delete(key);
    return;
  }
}

/** Maps and sets keep the order of insertion. */
function dropOldest<Key>(
  order: { readonly size: number; keys(): Iterable<Key> },
  limit: number,
  drop: (key: Key) => void,
): void {
  for (const key of order.keys()) {
    if (order.size <= limit) return;
    drop(key);
  }
}

function createReports(): Pick<SlotTable, 'addReport' | 'readReports' | 'dropReports'> {
  const reports = new Map<RealmKey, readonly ReportedEnding[]>();
  let reported = 0;
  return {
    addReport(realm, slot, cause) {
      reported += 1;
      const before = reports.get(realm) ?? [];
      reports.set(realm, [...before, { id: String(reported), slot, cause }]);
    },
    readReports: (realm, limit) => (reports.get(realm) ?? []).slice(0, limit),
    dropReports(realm, ids) {
      const left = (reports.get(realm) ?? []).filter(({ id }) => !ids.includes(id));
      if (left.length > 0) reports.set(realm, left);
      else reports.delete(realm);
    },
  };
}

/** True when nothing is left in the slot. */
function forgetExpired(slot: MemorySlot, now: number): boolean {
  for (const [key, { expiresAt }] of slot.sessions) {
    if (expiresAt <= now) slot.sessions.delete(key);
  }
  for (const [id, expiresAt] of slot.once) if (expiresAt <= now) slot.once.delete(id);
  const isGone = slot.stored === null || slot.stored.expiresAt <= now;
  // What is left in a slot that is gone is dead, but tombstones and one-time ids still have to answer.
  const tombstones = [...slot.sessions.values()].some(({ record }) => record === null);
  return isGone && !tombstones && slot.once.size === 0;
}
