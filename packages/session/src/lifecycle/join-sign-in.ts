import { createSessionId, storeKey } from '../session-id/session-id.ts';
import { carriedOver } from '../session-object/carry-over.ts';
import {
  applyChanges,
  type Changes,
  findChanges,
  noChanges,
  parseData,
} from '../session-object/changes.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import type { OneTimeUse, SessionRecord, Slot, StoreKey } from '../session-store.ts';
import { broughtKeys, findEarlier, findLeft, replacementBy } from './retired-ids.ts';
import { maxAttempts, newRecord, replaceMerging, writtenTooFast } from './save.ts';
import { judge, type SessionsConfig } from './sessions-config.ts';

/**
 * How a session came to belong to a sign-in, or why it did not. `earlier`: the answer to another request with the same
 * session id handed this browser a sign-in of that account meanwhile, which is to be joined instead.
 */
export type Joined = 'signed-in' | 'used' | 'ended' | 'earlier';

export interface JoinOptions {
  /** Taken with the sign-in: the second to bring it joins nothing. */
  readonly once?: OneTimeUse;
  /** The account of a sign-in made just now: only with it the answer may be `earlier`. */
  readonly accountId?: string;
  /** A session that belongs to this sign-in already is to get a new id all the same. Default false. */
  readonly isProvedAgain?: boolean;
}

/**
 * Joins the session to the sign-in of `slot`: new session id, anonymous data carried over, data of another sign-in
 * dropped, the id before replaced. Where that was replaced a moment ago by a session of this very sign-in, the two live
 * side by side, each with what the visitor had before: whichever answer the browser takes opens it. A session that already belongs to the
 * sign-in is kept; `once` is taken all the same. Answers `used`, `ended` or `earlier` without touching the session that was
 * there.
 */
export async function joinSignIn(
  config: SessionsConfig,
  session: SessionObject,
  { slot, once, accountId, isProvedAgain = false }: JoinOptions & { readonly slot: Slot },
): Promise<Joined> {
  const { cookies, platform, store } = config;
  const hadSlot = session.slot();
  if (hadSlot === slot && !isProvedAgain) {
    if (once === undefined) return 'signed-in';
    const taken = await store.takeOnce(slot, once);
    return taken === 'taken' ? 'signed-in' : taken;
  }
  const isSwitch = hadSlot !== null && hadSlot !== slot;
  const saved = (isSwitch ? null : session.changes()) ?? noChanges;
  const known = recordToCarry(session, slot);
  const before = known?.data ?? (await findLeft(config, session, slot)) ?? '{}';
  const data = applyChanges(before, carriedOver(saved));
  const id = createSessionId(slot, platform.randomBytes);
  const key = storeKey(config.realm.present, id);
  const outcome = await store.create(key, newRecord(config, true, data), once);
  if (outcome !== 'created') return outcome;
  const isFirst = await retireBrought(config, session, { key, carried: known });
  if (!isFirst && accountId !== undefined) {
    const earlier = await findEarlier(config, session);
    const isOther = earlier !== null && earlier.slot !== slot;
    if (isOther && earlier.signIn.account.id === accountId) return 'earlier';
  }
  // Live a moment ago; null only where the sign-in ended since, and then the session is empty as it should be.
  session.rebase(judge(config, await store.read(key)), isSwitch ? null : saved);
  session.noteUnopened(null);
  cookies.clearFormer(session);
  cookies.set(session, id);
  return 'signed-in';
}

/** What the new session takes over: nothing of another sign-in. */
function recordToCarry(session: SessionObject, slot: Slot): SessionRecord | null {
  const before = session.backing()?.reading.session ?? null;
  return before?.signedIn && session.slot() !== slot ? null : before;
}

/** The session that takes the place of another, and what it took over of that. */
interface Successor {
  readonly key: StoreKey;
  readonly carried: SessionRecord | null;
}

/** Retires what was brought. False where another request had done so before. */
async function retireBrought(
  config: SessionsConfig,
  session: SessionObject,
  successor: Successor,
): Promise<boolean> {
  let isFirst = true;
  for (const key of broughtKeys(session)) {
    const outcome = await retire(config, key, successor);
    if (outcome === 'replaced') isFirst = false;
  }
  return isFirst;
}

/**
 * By version where data was carried over: what a parallel request saved meanwhile goes over too, so nothing is lost, and the
 * old id opens nothing any more.
 */
async function retire(
  config: SessionsConfig,
  key: StoreKey,
  { key: successor, carried }: Successor,
): Promise<'retired' | 'replaced'> {
  const { store } = config;
  let known = carried;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const by = replacementBy(config, successor, known);
    const outcome = await store.retire(key, by, known?.version);
    if (outcome !== 'outdated') return outcome;
    const now = await store.read(key);
    if (now === null) continue;
    const changes: Changes | null = findChanges(known?.data ?? '{}', parseData(now.session.data));
    const made = changes && (await store.read(successor));
    if (changes && made) await replaceMerging(config, made, carriedOver(changes));
    known = now.session;
  }
  throw writtenTooFast();
}
