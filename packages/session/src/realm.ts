import { hash } from 'node:crypto';

declare const realmKeyBrand: unique symbol;
declare const ownerKeyBrand: unique symbol;

/**
 * What keeps apart who shares a store: a family, or an app alone. 128 bits of SHA-256 over its name, base64url, 22
 * characters. It goes into the hash of every store key and every index entry, so nothing of it is stored.
 */
export type RealmKey = string & { readonly [realmKeyBrand]: true };

/** Whose sign-ins are listed together: the hash of an account's id in a realm, 22 characters. */
export type OwnerKey = string & { readonly [ownerKeyBrand]: true };

/** The realm of an app or family, and those from before a change, whose sessions still open. */
export interface Realms {
  readonly present: RealmKey;
  readonly former: readonly RealmKey[];
}

/** Characters of a realm's name at most. */
const maxNameLength = 2_000;

/** The key of the realm of that name. */
export function realmKey(name: string): RealmKey {
  return hash('sha256', `latchkey realm\n${name}`, 'base64url').slice(0, 22) as RealmKey;
}

/** The realms of those names. A former one that is the present one is left out. */
export function realmsOf(name: string, former: readonly string[]): Realms {
  const present = realmKey(name);
  const others = new Set(former.map(realmKey));
  others.delete(present);
  return { present, former: [...others] };
}

/** Whether a config may give a realm this name: a text of 1 to 2,000 characters. */
export function isRealmName(name: unknown): name is string {
  return typeof name === 'string' && name.length > 0 && name.length <= maxNameLength;
}

/** Account ids of two realms are those of two user tables: the same id is another person. */
export function ownerKey(realm: RealmKey, accountId: string): OwnerKey {
  // As UTF-16: half of a surrogate pair would else be the same as any other.
  const text = Buffer.from(`${realm}${accountId}`, 'utf16le');
  return hash('sha256', text, 'base64url').slice(0, 22) as OwnerKey;
}
