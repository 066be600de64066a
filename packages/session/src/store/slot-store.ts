import type { MaybePromise } from '../platform.ts';
import { type OwnerKey, ownerKey, type RealmKey } from '../realm.ts';
import {
  type ListedSignIn,
  maxSessionsPerSignIn,
  type OneTimeUse,
  type Replacement,
  type SessionRecord,
  type SessionStore,
  type SignInRecord,
  type Slot,
  type StoreKey,
  slotOf,
  tombstoneSeconds,
} from '../session-store.ts';
import { withBodyOf } from './record.ts';
import { readingAt, readingIn, retiredIn, signedIn } from './slot-reading.ts';
import type { SlotTable } from './slot-table.ts';
import { storeUnavailable } from './store-unavailable.ts';

/** Runs what asks a table: later, where it must wait for others. */
export interface RunSteps {
  read<T>(step: () => T): MaybePromise<T>;
  write<T>(step: () => T): MaybePromise<T>;
}

const atOnce: RunSteps = { read: (step) => step(), write: (step) => step() };

/** What a store over a table is besides. */
export interface SlotStoreOptions {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Names the store in error messages. */
  readonly describe: string;
  /** Default: immediately, for a table that nobody else holds. */
  readonly run?: RunSteps;
}

/** A table in one exclusive step, at one moment. */
interface Step {
  readonly table: SlotTable;
  readonly now: number;
}

/**
 * The rules of {@link SessionStore} over a table of slots, for stores inside this process. The scripts of the Redis store follow the same rules; the store contract holds them together.
 */
export function createSlotStore(
  table: SlotTable,
  { clock, describe, run = atOnce }: SlotStoreOptions,
): SessionStore {
  let isOpen = true;
  const now = (): number => Math.floor(clock());

  async function attempt<T>(work: () => MaybePromise<T>): Promise<T> {
    if (!isOpen) throw storeUnavailable(`${describe} was closed.`, undefined);
    try {
      return await work();
    } catch (cause) {
      throw storeUnavailable(`${describe} failed; the cause tells why.`, cause);
    }
  }
  const look = <T>(work: (now: number) => T): Promise<T> =>
    attempt(() => run.read(() => work(now())));
  const step = <T>(work: (at: Step) => T): Promise<T> =>
    attempt(() => run.write(() => table.exclusive(() => work({ table, now: now() }))));

  return {
    now,
    read(key) {
      try {
        if (isOpen) return readingAt(table, key, now());
      } catch {
        // Met once more below, where it is waited for or told.
      }
      return look((at) => readingAt(table, key, at));
    },
    create: (key, record, once) => step((at) => create(at, { key, record, once })),
    replace: (key, data, readVersion) => step((at) => replace(at, { key, data, readVersion })),
    rotate: (key, successor) => step((at) => rotate(at, key, successor)),
    retire: (key, by, readVersion) => step((at) => retire(at, { key, by, readVersion })),
    end: (key) => step((at) => end(at, key)),
    findRetired: async (key) => attempt(() => retiredIn(table.find(key), now())),
    touch: (key, idleSeconds) => step((at) => touch(at, key, idleSeconds)),
    createSignIn: (slot, record, realm) => step((at) => createSignIn(at, { slot, record, realm })),
    readSignIn: (slot) =>
      look((at) => {
        const found = signedIn(table.findSlot(slot), at);
        return found && { signIn: found.signIn, usedAt: found.usedAt };
      }),
    listSignIns: (realm, accountId, limit) =>
      look((at) => listSignIns({ table, now: at }, ownerKey(realm, accountId), limit)),
    replaceSignIn: (slot, record, readVersion) =>
      step((at) => replaceSignIn(at, { slot, record, readVersion })),
    endSignIn: (slot, cause, options) =>
      step((at) => {
        if (options?.report) table.addReport(options.realm, slot, cause);
        endSignIn(at, slot);
      }),
    takeOnce: (slot, once) => step((at) => takeOnce(at, slot, once)),
    readReports: (realm, limit) => look(() => table.readReports(realm, limit)),
    dropReports: (realm, ids) => step(() => table.dropReports(realm, ids)),
    async ping() {
      await look(() => table.ping());
    },
    // An open file and the memory of a process lose nothing while the process lives.
    incarnation: () => look(() => ''),
    async close() {
      if (!isOpen) return;
      isOpen = false;
      table.close();
    },
  };
}

function takeOnce(at: Step, slot: Slot, once: OneTimeUse): 'taken' | 'used' | 'ended' {
  const { table, now } = at;
  table.sweep(now);
  if (signedIn(table.findSlot(slot), now) === null) return 'ended';
  return take(at, slot, once) ? 'taken' : 'used';
}

function take({ table, now }: Step, slot: Slot, { id, seconds }: OneTimeUse): boolean {
  return table.takeOnce(slot, { id, expiresAt: now + milliseconds(seconds) }, now);
}

function create(
  at: Step,
  { key, record, once }: { key: StoreKey; record: SessionRecord; once: OneTimeUse | undefined },
): 'created' | 'used' | 'ended' {
  const { table, now } = at;
  table.sweep(now);
  const slot = slotOf(key);
  const found = table.find(key);
  if (found.session !== null && found.session.expiresAt > now) return 'ended';
  const owner = found.slot !== null && found.slot.expiresAt > now ? found.slot : null;
  const signIn = signedIn(owner, now);
  const needsSignIn = record.signedIn || owner?.hasEnded || owner?.signIn;
  if (needsSignIn && signIn === null) return 'ended';
  if (once !== undefined && !take(at, slot, once)) return 'used';

  const ownEnd = now + milliseconds(record.absoluteSeconds);
  const expiresAt = record.signedIn && signIn ? Math.min(ownEnd, signIn.expiresAt) : ownEnd;
  const ordinal = makeRoom(at, slot, record);
  table.putSession(key, {
    record: { ...record, version: 1 },
    replacedBy: null,
    expiresAt,
    ordinal,
  });
  if (signIn === null) {
    const idleAt = now + milliseconds(record.idleSeconds);
    const times = { expiresAt: idleAt, usedAt: now, idleAt, madeAt: now };
    table.putSlot(slot, { signIn: null, hasEnded: false, ...times });
  }
  return 'created';
}

/** Ends what a new session would be too many for, and gives its ordinal. */
function makeRoom(at: Step, slot: Slot, made: SessionRecord): number {
  const { table, now } = at;
  const all = table.sessionsOf(slot).filter(([, { expiresAt }]) => expiresAt > now);
  const signedIn = all
    .filter(([, { record }]) => record?.signedIn)
    .sort(([, a], [, b]) => a.ordinal - b.ordinal);
  const excess = made.signedIn ? Math.max(0, signedIn.length + 1 - maxSessionsPerSignIn) : 0;
  for (const [key] of signedIn.slice(0, excess)) putRetired(at, key, null);
  return 1 + all.reduce((highest, [, { ordinal }]) => Math.max(highest, ordinal), 0);
}

/** `replacedBy`: null where it ended. */
function putRetired({ table, now }: Step, key: StoreKey, replacedBy: Replacement | null): void {
  const expiresAt = now + milliseconds(tombstoneSeconds);
  table.putSession(key, { record: null, replacedBy, expiresAt, ordinal: 0 });
}

function replace(
  { table, now }: Step,
  { key, data, readVersion }: { key: StoreKey; data: string; readVersion: number },
): 'saved' | 'outdated' | 'ended' {
  const found = table.find(key);
  const live = readingIn(key, found, now);
  if (found.session === null || live === null) return 'ended';
  if (live.session.version !== readVersion) return 'outdated';
  const record = { ...live.session, version: readVersion + 1, data };
  table.putSession(key, { ...found.session, record });
  return 'saved';
}

function rotate(at: Step, key: StoreKey, successor: StoreKey): 'rotated' | 'replaced' | 'ended' {
  const { table, now } = at;
  const found = table.find(key);
  const retired = retiredIn(found, now);
  if (retired?.kind === 'replaced') {
    return retired.successor === successor ? 'rotated' : 'replaced';
  }
  if (found.session === null || readingIn(key, found, now) === null) return 'ended';
  if (slotOf(successor) !== slotOf(key)) return 'ended';
  const there = table.find(successor).session;
  if (there !== null && there.expiresAt > now) return 'ended';
  table.putSession(successor, found.session);
  putRetired(at, key, { successor });
  return 'rotated';
}

function retire(
  at: Step,
  { key, by, readVersion }: { key: StoreKey; by: Replacement; readVersion: number | undefined },
): 'retired' | 'replaced' | 'outdated' {
  const { table, now } = at;
  table.sweep(now);
  const found = table.find(key);
  const retired = retiredIn(found, now);
  if (retired?.kind === 'replaced') {
    return retired.successor === by.successor ? 'retired' : 'replaced';
  }
  const live = readingIn(key, found, now);
  if (live && readVersion !== undefined && live.session.version !== readVersion) return 'outdated';
  putRetired(at, key, by);
  return 'retired';
}

function end(at: Step, key: StoreKey): 'ended' | 'gone' {
  const { table, now } = at;
  table.sweep(now);
  const found = table.find(key);
  const isLive = readingIn(key, found, now) !== null;
  if (isLive || retiredIn(found, now) === null) putRetired(at, key, null);
  return isLive ? 'ended' : 'gone';
}

function touch({ table, now }: Step, key: StoreKey, idleSeconds: number): void {
  const found = table.find(key);
  const { slot } = found;
  if (slot === null || readingIn(key, found, now) === null) return;
  const idleAt = now + milliseconds(idleSeconds);
  const expiresAt = slot.signIn ? slot.expiresAt : idleAt;
  table.putSlot(slotOf(key), { ...slot, usedAt: now, idleAt, expiresAt });
}

function createSignIn(
  { table, now }: Step,
  { slot, record, realm }: { slot: Slot; record: SignInRecord; realm: RealmKey },
): 'created' | 'ended' {
  table.sweep(now);
  const found = table.findSlot(slot);
  if (found && found.expiresAt > now && (found.signIn || found.hasEnded)) return 'ended';
  table.putSlot(slot, {
    signIn: { ...withBodyOf(record, record), version: 1 },
    hasEnded: false,
    expiresAt: now + milliseconds(record.absoluteSeconds),
    usedAt: now,
    idleAt: now + milliseconds(record.idleSeconds),
    madeAt: now,
  });
  table.setOwner(slot, ownerKey(realm, record.account.id));
  return 'created';
}

function listSignIns(
  { table, now }: Step,
  owner: OwnerKey,
  limit: number,
): readonly ListedSignIn[] {
  return table.findSignIns(owner, now, limit).flatMap(({ slot, stored }) => {
    const live = signedIn(stored, now);
    return live === null ? [] : [{ slot, signIn: live.signIn, usedAt: live.usedAt }];
  });
}

function replaceSignIn(
  { table, now }: Step,
  { slot, record, readVersion }: { slot: Slot; record: SignInRecord; readVersion: number },
): 'saved' | 'outdated' | 'ended' {
  const live = signedIn(table.findSlot(slot), now);
  if (live === null) return 'ended';
  if (live.signIn.version !== readVersion) return 'outdated';
  const signIn = { ...withBodyOf(live.signIn, record), version: readVersion + 1 };
  table.putSlot(slot, { ...live, signIn });
  return 'saved';
}

function endSignIn({ table, now }: Step, slot: Slot): void {
  const expiresAt = now + milliseconds(tombstoneSeconds);
  const times = { expiresAt, usedAt: now, idleAt: now, madeAt: now };
  table.putSlot(slot, { signIn: null, hasEnded: true, ...times });
  table.dropSessions(slot);
}

/** Rounded up, so that no lifetime becomes nothing. */
function milliseconds(seconds: number): number {
  return Math.ceil(seconds * 1000);
}
