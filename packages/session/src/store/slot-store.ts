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
import { replacement } from './record.ts';
import { readingAt, readingIn, retiredIn, signedIn } from './slot-reading.ts';
import type { SlotTable } from './slot-table.ts';
import { storeUnavailable } from './store-unavailable.ts';

/** Runs what asks a table: later, where it must wait for others. */
export interface RunSteps {
  read<T>(step: () => T): MaybePromise<T>;
  write<T>(step: () => T): MaybePromise<T>;
}

/** For a table that nobody else holds. */
const atOnce: RunSteps = { read: (step) => step(), write: (step) => step() };

/**
 * The rules of {@link SessionStore} over a table of slots, for stores inside this process. `describe` names the store
 * in error messages. The scripts of the Redis store follow the same rules; the store contract holds them together.
 */
export function createSlotStore(
  table: SlotTable,
  clock: () => number,
  describe: string,
  run: RunSteps = atOnce,
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
  const step = <T>(work: (now: number) => T): Promise<T> =>
    attempt(() => run.write(() => table.exclusive(() => work(now()))));

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
    create: (key, record, once) => step((at) => create(table, { key, record, once }, at)),
    replace: (key, data, readVersion) =>
      step((at) => replace(table, { key, data, readVersion }, at)),
    rotate: (key, successor) => step((at) => rotate(table, { key, successor }, at)),
    retire: (key, successor, readVersion, left) =>
      step((at) => retire(table, { key, by: replacement(successor, left), readVersion }, at)),
    end: (key) => step((at) => end(table, key, at)),
    findRetired: async (key) => attempt(() => retiredIn(table.find(key), now())),
    touch: (key, idleSeconds) => step((at) => touch(table, { key, idleSeconds }, at)),
    createSignIn: (slot, record, realm) =>
      step((at) => createSignIn(table, { slot, record, realm }, at)),
    readSignIn: (slot) =>
      look((at) => {
        const found = signedIn(table.findSlot(slot), at);
        return found && { signIn: found.signIn, usedAt: found.usedAt };
      }),
    listSignIns: (realm, accountId, limit) =>
      look((at) => listSignIns(table, { owner: ownerKey(realm, accountId), limit }, at)),
    replaceSignIn: (slot, record, readVersion) =>
      step((at) => replaceSignIn(table, { slot, record, readVersion }, at)),
    endSignIn: (slot, cause, options) =>
      step((at) => {
        if (options?.report) table.addReport(options.realm, slot, cause);
        endSignIn(table, slot, at);
      }),
    takeOnce: (slot, once) => step((at) => takeOnce(table, slot, once, at)),
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

function takeOnce(
  table: SlotTable,
  slot: Slot,
  once: OneTimeUse,
  now: number,
): 'taken' | 'used' | 'ended' {
  table.sweep(now);
  if (signedIn(table.findSlot(slot), now) === null) return 'ended';
  return take(table, slot, once, now) ? 'taken' : 'used';
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
  const ordinal = makeRoom(table, slot, record, now);
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
function makeRoom(table: SlotTable, slot: Slot, made: SessionRecord, now: number): number {
  const all = table.sessionsOf(slot).filter(([, { expiresAt }]) => expiresAt > now);
  const signedIn = all
    .filter(([, { record }]) => record?.signedIn)
    .sort(([, a], [, b]) => a.ordinal - b.ordinal);
  const excess = made.signedIn ? Math.max(0, signedIn.length + 1 - maxSessionsPerSignIn) : 0;
  for (const [key] of signedIn.slice(0, excess)) putTombstone(table, key, now);
  return 1 + all.reduce((highest, [, { ordinal }]) => Math.max(highest, ordinal), 0);
}

function putTombstone(table: SlotTable, key: StoreKey, now: number): void {
  putRetired(table, key, null, now);
}

function putRetired(
  table: SlotTable,
  key: StoreKey,
  replacedBy: Replacement | null,
  now: number,
): void {
  const expiresAt = now + milliseconds(tombstoneSeconds);
  table.putSession(key, { record: null, replacedBy, expiresAt, ordinal: 0 });
}

function replace(
  table: SlotTable,
  given: { key: StoreKey; data: string; readVersion: number },
  now: number,
): 'saved' | 'outdated' | 'ended' {
  const { key, data, readVersion } = given;
  const found = table.find(key);
  const live = readingIn(key, found, now);
  if (found.session === null || live === null) return 'ended';
  if (live.session.version !== readVersion) return 'outdated';
  const record = { ...live.session, version: readVersion + 1, data };
  table.putSession(key, { ...found.session, record });
  return 'saved';
}

function rotate(
  table: SlotTable,
  { key, successor }: { key: StoreKey; successor: StoreKey },
  now: number,
): 'rotated' | 'replaced' | 'ended' {
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
  putRetired(table, key, { successor }, now);
  return 'rotated';
}

function retire(
  table: SlotTable,
  given: { key: StoreKey; by: Replacement; readVersion: number | undefined },
  now: number,
): 'retired' | 'replaced' | 'outdated' {
  const { key, by, readVersion } = given;
  table.sweep(now);
  const found = table.find(key);
  const retired = retiredIn(found, now);
  if (retired?.kind === 'replaced') {
    return retired.successor === by.successor ? 'retired' : 'replaced';
  }
  const live = readingIn(key, found, now);
  if (live && readVersion !== undefined && live.session.version !== readVersion) return 'outdated';
  putRetired(table, key, by, now);
  return 'retired';
}

function end(table: SlotTable, key: StoreKey, now: number): 'ended' | 'gone' {
  table.sweep(now);
  const found = table.find(key);
  const isLive = readingIn(key, found, now) !== null;
  if (isLive || retiredIn(found, now) === null) putTombstone(table, key, now);
  return isLive ? 'ended' : 'gone';
}

function touch(table: SlotTable, given: { key: StoreKey; idleSeconds: number }, now: number): void {
  const found = table.find(given.key);
  const { slot } = found;
  if (slot === null || readingIn(given.key, found, now) === null) return;
  const idleAt = now + milliseconds(given.idleSeconds);
  const expiresAt = slot.signIn ? slot.expiresAt : idleAt;
  table.putSlot(slotOf(given.key), { ...slot, usedAt: now, idleAt, expiresAt });
}

function createSignIn(
  table: SlotTable,
  given: { slot: Slot; record: SignInRecord; realm: RealmKey },
  now: number,
): 'created' | 'ended' {
  table.sweep(now);
  const { slot, record, realm } = given;
  const found = table.findSlot(slot);
  if (found && found.expiresAt > now && (found.signIn || found.hasEnded)) return 'ended';
  table.putSlot(slot, {
    signIn: { ...record, version: 1 },
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
  table: SlotTable,
  { owner, limit }: { owner: OwnerKey; limit: number },
  now: number,
): readonly ListedSignIn[] {
  return table.findSignIns(owner, now, limit).flatMap(({ slot, stored }) => {
    const live = signedIn(stored, now);
    return live === null ? [] : [{ slot, signIn: live.signIn, usedAt: live.usedAt }];
  });
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
  const times = { expiresAt, usedAt: now, idleAt: now, madeAt: now };
  table.putSlot(slot, { signIn: null, hasEnded: true, ...times });
  table.dropSessions(slot);
}

/** Rounded up, so that no lifetime becomes nothing. */
function milliseconds(seconds: number): number {
  return Math.ceil(seconds * 1000);
}
