import type { Session } from '../session-object/session.ts';
import {
  type Reading,
  type SignInRecord,
  type Slot,
  type StoreKey,
  slotOf,
} from '../session-store.ts';
import { judge, type SessionsConfig } from './sessions-config.ts';

/** A live sign-in that this browser was handed already, by the answer to another request with the same session id. */
export interface EarlierSignIn {
  readonly slot: Slot;
  readonly signIn: SignInRecord;
}

/** How often a session that replaced another may have been replaced itself, in its slot, and still be found. */
const maxSteps = 4;

/** The store keys of the session ids that a request brought and that are this browser's own. */
export function broughtKeys(session: Session): readonly StoreKey[] {
  const backing = session.backing();
  return backing === null ? (session.unopened()?.keys ?? []) : [backing.key];
}

/**
 * Whether an answer must leave the session cookie alone: its request brought an id that was replaced, or that ended after
 * the request had begun. The browser may have been handed a newer one since. Asked only where there is a reason to.
 */
export async function isRetired({ store }: SessionsConfig, session: Session): Promise<boolean> {
  const unopened = session.unopened();
  if (unopened === null) return false;
  const all = await Promise.all(unopened.keys.map((key) => store.findRetired(key)));
  return all.some(
    (retired) => retired?.kind === 'replaced' || (retired !== null && unopened.began < retired.at),
  );
}

/** The live sign-in of the session that replaced the one that was brought; null where there is none. */
export async function findEarlier(
  { store }: SessionsConfig,
  session: Session,
): Promise<EarlierSignIn | null> {
  for (const key of broughtKeys(session)) {
    const retired = await store.findRetired(key);
    if (retired?.kind !== 'replaced') continue;
    const slot = slotOf(retired.successor);
    const live = await store.readSignIn(slot);
    if (live !== null) return { slot, signIn: live.signIn };
  }
  return null;
}

/** The live session in `slot` that replaced one that was brought, or was rotated from it since. */
export async function findSuccessor(
  config: SessionsConfig,
  session: Session,
  slot: Slot,
): Promise<Reading | null> {
  for (const key of broughtKeys(session)) {
    const found = await follow(config, key, slot);
    if (found !== null) return found;
  }
  return null;
}

async function follow(
  config: SessionsConfig,
  brought: StoreKey,
  slot: Slot,
): Promise<Reading | null> {
  const { store } = config;
  let key = brought;
  for (let step = 0; step < maxSteps; step += 1) {
    const retired = await store.findRetired(key);
    if (retired?.kind !== 'replaced' || slotOf(retired.successor) !== slot) return null;
    key = retired.successor;
    const backing = judge(config, await store.read(key));
    if (backing !== null) return backing.reading;
  }
  return null;
}
