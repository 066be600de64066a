import {
  type OneTimeUse,
  type Reading,
  type SessionRecord,
  type SessionStore,
  type SignInRecord,
  type Slot,
  type StoreKey,
  slotOf,
  tombstoneSeconds,
} from '../session-store.ts';
import type { SlotTable, StoredSession, StoredSlot } from './slot-table.ts';
import { storeUnavailable } from './store-unavailable.ts';

/** A slot whose sign-in is live. */
type SignedInSlot = StoredSlot & { readonly signIn: SignInRecord };

/**
 * The rules of {@link SessionStore} over a table of slots, for stores inside this process. `describe` names the store
 * in error messages. The scripts of the Redis store follow the same rules; the store contract holds them together.
 */
export function createSlotStore(
  table: SlotTable,
  clock: () => number,
  describe: string,
): SessionStore {
  let isOpen = true;
  const now = (): number => Math.floor(clock());

  function attempt<T>(work: () => T): T {
    if (!isOpen) throw storeUnavailable(`${describe} was closed.`, undefined);
    try {
      return work();
    } catch (cause) {
      throw storeUnavailable(`${describe} failed; the cause tells why.`, cause);
    }
  }
  async function step<T>(work: (now: number) => T): Promise<T> {
    return attempt(() => table.exclusive(() => work(now())));
  }

  return {
    now,
    read(key) {
      try {
        return attempt(() => readingAt(table, key, now()));
      } catch (error) {
        return Promise.reject(error);
      }
    },
    create: (key, record, once) => step((at) => create(table, { key, record, once }, at)),
    replace: (key, data, readVersion) =>
      step((at) => replace(table, { key, data, readVersion }, at)),
    end: (key, readVersion) => step((at) => end(table, { key, readVersion }, at)),
    touch: (key, idleSeconds) => step((at) => touch(table, { key, idleSeconds }, at)),
    createSignIn: (slot, record) => step((at) => createSignIn(table, { slot, record }, at)),
    readSignIn: async (slot) =>
      attempt(() => {
        const found = signedIn(table.findSlot(slot), now());
        return found && { signIn: found.signIn, usedAt: found.usedAt };
      }),
    replaceSignIn: (slot, record, readVersion) =>
      step((at) => replaceSignIn(table, { slot, record, readVersion }, at)),
    endSignIn: (slot, cause, options) =>
      step((at) => {
        if (options?.report) table.addReport(slot, cause);
        endSignIn(table, slot, at);
      }),
    takeOnce: (slot, once) =>
      step((at) => {
        table.sweep(at);
        if (signedIn(table.findSlot(slot), at) === null) return 'ended';
        return take(table, slot, once, at) ? 'taken' : 'used';
      }),
    readReports: async (limit) => attempt(() => table.readReports(limit)),
    dropReports: (ids) => step(() => table.dropReports(ids)),
    async ping() {
      attempt(() => table.readReports(1));
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      table.close();
    },
  };
}

/** Absence is an end: everything that must be found is asked for here, and here alone. */
function reading(
  session: StoredSession | null,
  slot: StoredSlot | null,
  now: number,
): Reading | null {
  if (session === null || session.record === null || session.expiresAt <= now) return null;
  if (slot === null || slot.hasEnded || slot.idleAt <= now || slot.expiresAt <= now) return null;
  const { record } = session;
  if (!record.signedIn) return { session: record, signIn: null, usedAt: slot.usedAt };
  return slot.signIn && { session: record, signIn: slot.signIn, usedAt: slot.usedAt };
}

function readingAt(table: SlotTable, key: StoreKey, now: number): Reading | null {
  const { session, slot } = table.find(key);
  return reading(session, slot, now);
}

function signedIn(slot: StoredSlot | null, now: number): SignedInSlot | null {
  if (slot === null || slot.signIn === null || slot.hasEnded) return null;
  return slot.idleAt > now && slot.expiresAt > now ? (slot as SignedInSlot) : null;
}

function take(table: SlotTable, slot: Slot, once: OneTimeUse, now: number): boolean {
  return table.takeOnce(slot, once.id, now, now + milliseconds(once.seconds));
}

function create(
  table: SlotTable,
  given: { key: StoreKey; record: SessionRecord; once: OneTimeUse | undefined },
  now: number,
): 'created' | 'used' | 'ended' {
  table.sweep(now);
  const { key, record, once } = given;
  const slot = slotOf(key);
  const found = table.find(key);
  if (found.session !== null && found.session.expiresAt > now) return 'ended';
  const owner = found.slot !== null && found.slot.expiresAt > now ? found.slot : null;
  const signIn = signedIn(owner, now);
  const needsSignIn = record.signedIn || owner?.hasEnded || owner?.signIn;
  if (needsSignIn && signIn === null) return 'ended';
  if (once !== undefined && !take(table, slot, once, now)) return 'used';

  const ownEnd = now + milliseconds(record.absoluteSeconds);
  const expiresAt = record.signedIn && signIn ? Math.min(ownEnd, signIn.expiresAt) : ownEnd;
  table.putSession(key, { record: { ...record, version: 1 }, expiresAt });
  if (signIn === null) {
    const idleAt = now + milliseconds(record.idleSeconds);
    table.putSlot(slot, { signIn: null, hasEnded: false, expiresAt: idleAt, usedAt: now, idleAt });
  }
  return 'created';
}

function replace(
  table: SlotTable,
  given: { key: StoreKey; data: string; readVersion: number },
  now: number,
): 'saved' | 'outdated' | 'ended' {
  const { session, slot } = table.find(given.key);
  const live = reading(session, slot, now);
  if (session === null || live === null) return 'ended';
  if (live.session.version !== given.readVersion) return 'outdated';
  const record = { ...live.session, version: given.readVersion + 1, data: given.data };
  table.putSession(given.key, { record, expiresAt: session.expiresAt });
  return 'saved';
}

function end(
  table: SlotTable,
  given: { key: StoreKey; readVersion: number | undefined },
  now: number,
): 'ended' | 'outdated' {
  const live = readingAt(table, given.key, now);
  const { readVersion } = given;
  if (live && readVersion !== undefined && live.session.version !== readVersion) return 'outdated';
  const expiresAt = now + milliseconds(tombstoneSeconds);
  table.putSession(given.key, { record: null, expiresAt });
  return 'ended';
}

function touch(table: SlotTable, given: { key: StoreKey; idleSeconds: number }, now: number): void {
  const { session, slot } = table.find(given.key);
  if (slot === null || reading(session, slot, now) === null) return;
  const idleAt = now + milliseconds(given.idleSeconds);
  const expiresAt = slot.signIn ? slot.expiresAt : idleAt;
  table.putSlot(slotOf(given.key), { ...slot, usedAt: now, idleAt, expiresAt });
}

function createSignIn(
  table: SlotTable,
  given: { slot: Slot; record: SignInRecord },
  now: number,
): 'created' | 'ended' {
  table.sweep(now);
  const { slot, record } = given;
  const found = table.findSlot(slot);
  if (found && found.expiresAt > now && (found.signIn || found.hasEnded)) return 'ended';
  table.putSlot(slot, {
    signIn: { ...record, version: 1 },
    hasEnded: false,
    expiresAt: now + milliseconds(record.absoluteSeconds),
    usedAt: now,
    idleAt: now + milliseconds(record.idleSeconds),
  });
  return 'created';
}

function replaceSignIn(
  table: SlotTable,
  given: { slot: Slot; record: SignInRecord; readVersion: number },
  now: number,
): 'saved' | 'outdated' | 'ended' {
  const { slot, record, readVersion } = given;
  const live = signedIn(table.findSlot(slot), now);
  if (live === null) return 'ended';
  if (live.signIn.version !== readVersion) return 'outdated';
  const { account, apps } = record;
  const signIn = { ...live.signIn, account, apps, version: readVersion + 1 };
  table.putSlot(slot, { ...live, signIn });
  return 'saved';
}

function endSignIn(table: SlotTable, slot: Slot, now: number): void {
  const expiresAt = now + milliseconds(tombstoneSeconds);
  table.putSlot(slot, { signIn: null, hasEnded: true, expiresAt, usedAt: now, idleAt: now });
  table.dropSessions(slot);
}

/** Rounded up, so that no lifetime becomes nothing. */
function milliseconds(seconds: number): number {
  return Math.ceil(seconds * 1000);
}
