import { LatchkeyError } from '../errors.ts';
import type {
  ReportedEnding,
  SessionStore,
  SignInRecord,
  Slot,
  StoreKey,
} from '../session-store.ts';
import { slotOf } from '../session-store.ts';
import { createSlotStore } from './slot-store.ts';
import type { FoundSlot, SlotTable, StoredSession, StoredSlot } from './slot-table.ts';

/** Keys of one slot, most of them tombstones where there are so many. Beyond, the oldest tombstone is forgotten. */
const maxKeysPerSlot = 1024;
/** Slots looked at per write when expired ones are cleared away. */
const sweptPerStep = 16;

export interface MemoryStoreOptions {
  /** Milliseconds since 1970. Default `Date.now`. */
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
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): SessionStore {
  const { now = Date.now, maxSessions = 100_000 } = options;
  if (!Number.isSafeInteger(maxSessions) || maxSessions < 1) {
    throw new LatchkeyError('option_invalid', 'maxSessions must be a whole number above 0.');
  }
  return createSlotStore(createMemoryTable(maxSessions), now, 'The memory store');
}

/** The table behind a memory store. Several stores may stand on one table, as processes do on one database. */
export function createMemoryTable(maxSessions: number): SlotTable {
  const slots = new Map<Slot, MemorySlot>();
  // Both in order of creation: the first is the oldest.
  const anonymous = new Set<Slot>();
  const signedIn = new Set<Slot>();
  const accounts = createAccountIndex();
  let sweeper = slots.entries();

  function slotAt(slot: Slot): MemorySlot {
    let found = slots.get(slot);
    if (found === undefined) {
      found = { stored: null, sessions: new Map(), once: new Map() };
      slots.set(slot, found);
    }
    return found;
  }
  function remove(slot: Slot): void {
    accounts.move(slot, slots.get(slot)?.stored?.signIn ?? null, null);
    slots.delete(slot);
    anonymous.delete(slot);
    signedIn.delete(slot);
  }
  /** A tombstone is in neither order: it is never dropped to make room. */
  function putInOrder(slot: Slot, order: Set<Slot> | null): void {
    for (const other of [anonymous, signedIn]) if (other !== order) other.delete(slot);
    if (order === null) return;
    order.add(slot);
    dropOldest(order, maxSessions, remove);
  }

  return {
    exclusive: (step) => step(),
    find(key) {
      const found = slots.get(slotOf(key));
      return { session: found?.sessions.get(key) ?? null, slot: found?.stored ?? null };
    },
    findSlot: (slot) => slots.get(slot)?.stored ?? null,
    findSignIns(accountId, now, limit) {
      const found: FoundSlot[] = [];
      for (const slot of accounts.newestFirst(accountId)) {
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
      const found = slotAt(slot);
      accounts.move(slot, found.stored?.signIn ?? null, stored.signIn);
      found.stored = stored;
      const order = stored.signIn ? signedIn : anonymous;
      putInOrder(slot, stored.hasEnded ? null : order);
    },
    dropSessions(slot) {
      slots.get(slot)?.sessions.clear();
    },
    takeOnce(slot, id, now, expiresAt) {
      const { once } = slotAt(slot);
      if ((once.get(id) ?? 0) > now) return false;
      once.set(id, expiresAt);
      return true;
    },
    sweep(now) {
      for (let looked = 0; looked < sweptPerStep; looked += 1) {
        const next = sweeper.next();
        if (next.done) {
          sweeper = slots.entries();
          return;
        }
        const [slot, found] = next.value;
        if (forgetExpired(found, now)) remove(slot);
      }
    },
    ...createReports(),
    close: () => undefined,
  };
}

/** The slots of each account's sign-ins, in the order in which these were made. */
function createAccountIndex() {
  const slotsOf = new Map<string, Set<Slot>>();
  return {
    newestFirst: (accountId: string): readonly Slot[] =>
      [...(slotsOf.get(accountId) ?? [])].reverse(),
    /** Before a slot's sign-in changes. */
    move(slot: Slot, from: SignInRecord | null, to: SignInRecord | null): void {
      const [before, after] = [from?.account.id, to?.account.id];
      if (before === after && from?.id === to?.id) return;
      if (before !== undefined) {
        const slots = slotsOf.get(before);
        slots?.delete(slot);
        if (slots?.size === 0) slotsOf.delete(before);
      }
      if (after !== undefined) slotsOf.set(after, (slotsOf.get(after) ?? new Set()).add(slot));
    },
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
  let reports: readonly ReportedEnding[] = [];
  let reported = 0;
  return {
    addReport(slot, cause) {
      reported += 1;
      reports = [...reports, { id: String(reported), slot, cause }];
    },
    readReports: (limit) => reports.slice(0, limit),
    dropReports(ids) {
      reports = reports.filter(({ id }) => !ids.includes(id));
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
