import type { SessionRecord, SignInRecord, Slot, StoreKey } from '../src/session-store.ts';

/** Ada's session in the shop: ten minutes without use, an hour in all. */
export function sessionRecord(parts: Partial<SessionRecord> = {}): SessionRecord {
  return {
    version: 1,
    scope: 'shop',
    signedIn: true,
    createdAt: 0,
    idleSeconds: 600,
    absoluteSeconds: 3600,
    data: '{"cart":[]}',
    ...parts,
  };
}

/** Ada's sign-in, which opens the shop, for as long as {@link sessionRecord}. */
export function signInRecord(parts: Partial<SignInRecord> = {}): SignInRecord {
  return {
    version: 1,
    id: 'sign-in',
    account: { id: 'account', email: 'ada@kittens.example', name: 'Ada' },
    provedAt: 0,
    methods: ['pwd'],
    device: '',
    place: '',
    remembered: false,
    apps: { shop: null },
    createdAt: 0,
    idleSeconds: 600,
    absoluteSeconds: 3600,
    ...parts,
  };
}

/** One slot of many. */
export function slotAt(index: number): Slot {
  return String(index).padStart(16, 'x') as Slot;
}

/** A key in {@link slotAt}; `hash` tells the slot's sessions apart. */
export function keyAt(index: number, hash = 'abcdefghijklmnopqrstuv'): StoreKey {
  return `{${slotAt(index)}}:${hash}` as StoreKey;
}
