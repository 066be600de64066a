import { ownerKey, type RealmKey } from '../../realm.ts';
import type { OneTimeUse, Slot, StoreKey } from '../../session-store.ts';

/** The names of the keys. All of a slot have its tag in braces, so that they share a hash slot of a Cluster. */
export interface RedisKeys {
  /** Where the sign-in is stored. */
  slot(slot: Slot): string;
  session(key: StoreKey): string;
  once(slot: Slot, use: OneTimeUse): string;
  /** The slots of an account's sign-ins: in a hash slot of its own. */
  account(realm: RealmKey, accountId: string): string;
  /** The endings that apps of the realm reported. */
  reports(realm: RealmKey): string;
}

export function createRedisKeys(prefix: string): RedisKeys {
  return {
    slot: (slot) => `${prefix}{${slot}}`,
    session: (key) => prefix + key,
    once: (slot, use) => `${prefix}{${slot}}:once:${use.id}`,
    account: (realm, accountId) => `${prefix}of:${ownerKey(realm, accountId)}`,
    reports: (realm) => `${prefix}reports:${realm}`,
  };
}

/** The slot of a key, or null for keys of none: after FLUSHALL there is no key at all. */
export function slotInKey(key: unknown, prefix: string): Slot | null {
  const text = key === null ? '' : String(key);
  const brace = prefix.length;
  if (!text.startsWith(prefix) || text[brace] !== '{' || text[brace + 17] !== '}') return null;
  return text.slice(brace + 1, brace + 17) as Slot;
}
