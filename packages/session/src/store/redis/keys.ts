import { hash } from 'node:crypto';
import type { OneTimeUse, Slot, StoreKey } from '../../session-store.ts';
import { hexOfUuid } from './compact-text.ts';

/** The names of the keys. All of a slot have its tag in braces, so that they share a hash slot of a Cluster. */
export interface RedisKeys {
  /** Where the sign-in lies. */
  slot(slot: Slot): string;
  session(key: StoreKey): string;
  once(slot: Slot, use: OneTimeUse): string;
  /** The slots of an account's sign-ins: in a hash slot of its own. */
  account(accountId: string): string;
  readonly reports: string;
  /** Where releases before format 3 kept the sign-in of a slot and its last use. */
  former(slot: Slot): readonly [signIn: string, use: string];
}

export function createRedisKeys(prefix: string): RedisKeys {
  return {
    slot: (slot) => `${prefix}{${slot}}`,
    session: (key) => prefix + key,
    once: (slot, use) => `${prefix}{${slot}}:once:${use.id}`,
    account: (accountId) => `${prefix}of:${short(accountId)}`,
    reports: `${prefix}reports`,
    former: (slot) => [`${prefix}{${slot}}:signin`, `${prefix}{${slot}}:used`],
  };
}

/** 23 characters, for a UUID to be read back by whoever looks after the server. */
function short(accountId: string): string {
  const hex = hexOfUuid(accountId);
  if (hex !== null) return `u${Buffer.from(hex, 'hex').toString('base64url')}`;
  const digest = hash('sha256', Buffer.from(accountId, 'utf16le'), 'base64url');
  return `t${digest.slice(0, 22)}`;
}

/** The slot of a key, or null for keys of none: after FLUSHALL there is no key at all. */
export function slotInKey(key: unknown, prefix: string): Slot | null {
  const text = key === null ? '' : String(key);
  const brace = prefix.length;
  if (!text.startsWith(prefix) || text[brace] !== '{' || text[brace + 17] !== '}') return null;
  return text.slice(brace + 1, brace + 17) as Slot;
}
