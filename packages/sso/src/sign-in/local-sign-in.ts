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
  const { account, version } = found.signIn;
  const { email, name } = arrival.account;
  if (account.email === email && account.name === name) return 'live';
  // Written over by another tab meanwhile: it had the same names.
  const outcome = await store.replaceSignIn(slot, { ...record, version }, version);
  return outcome === 'ended' ? 'ended' : 'live';
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
