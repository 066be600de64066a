import { isDeepStrictEqual } from 'node:util';
import type { SessionStore } from '@latchkey/session';
import type { RealmKey, SignInRecord, Slot } from '@latchkey/session/parts';
import type { Arrival } from './redeem.ts';

/** What {@link storeSignIn} needs. */
export interface LocalSignInOptions {
  readonly store: SessionStore;
  readonly realm: RealmKey;
  readonly clientId: string;
  readonly absoluteSeconds: number;
}

/**
 * Stores the app's own record of a sign-in at the slot of its `sid`. `ended`: a logout notice was here before, or the slot
 * is another account's; nobody may be let in. A second tab of the same sign-in finds the record of the first.
 */
export async function storeSignIn(
  options: LocalSignInOptions,
  slot: Slot,
  arrival: Arrival,
): Promise<'live' | 'ended'> {
  const { store, realm } = options;
  const record = recordOf(options, arrival);
  if ((await store.createSignIn(slot, record, realm)) === 'created') return 'live';
  const found = await store.readSignIn(slot);
  if (found === null || found.signIn.account.id !== arrival.account.id) return 'ended';
  const { version } = found.signIn;
  if (isDeepStrictEqual(bodyOf(found.signIn), bodyOf(record))) return 'live';
  // Written over by another tab meanwhile: it was told the same.
  const outcome = await store.replaceSignIn(slot, { ...record, version }, version);
  return outcome === 'ended' ? 'ended' : 'live';
}

/** What may be another at the next sign-on. */
function bodyOf({ account, roles = {}, groups = [] }: SignInRecord): unknown {
  const { email, name } = account;
  return { email, name, roles: { ...roles }, groups: [...groups] };
}

/** Its id is the `sid`: what signing out needs, kept where it ends together with the rest. */
function recordOf(options: LocalSignInOptions, arrival: Arrival): SignInRecord {
  const { store, clientId, absoluteSeconds } = options;
  return {
    version: 1,
    id: arrival.sid,
    account: arrival.account,
    provedAt: arrival.provedAt,
    methods: arrival.methods,
    apps: { [clientId]: null },
    ...(arrival.roles.length > 0 ? { roles: { [clientId]: arrival.roles } } : {}),
    ...(arrival.groups.length > 0 ? { groups: arrival.groups } : {}),
    // Known to the login host, where its sign-in can be ended.
    device: '',
    place: '',
    remembered: false,
    createdAt: store.now(),
    // Idle time is the login host's to count. Were it counted here as well, the next sign-on of the same sign-in would find
    // its slot spent and let nobody in.
    idleSeconds: absoluteSeconds,
    absoluteSeconds,
  };
}
