import type { Account, Platform, SessionStore } from '@latchkey/session';
import {
  createSlot,
  type Realms,
  type RememberedOptions,
  type SignInRecord,
  type Slot,
} from '@latchkey/session/parts';
import type { Kysely } from 'kysely';
import type { Access } from '../access/access.ts';
import { recorded } from '../access/account-access.ts';
import { createRowId } from '../database/row-id.ts';
import type { Database } from '../database/schema.ts';
import type { SignInEndings } from '../sign-out/end-sign-in.ts';
import { deviceWords } from './device-label.ts';
import type { SignIns } from './sign-ins.ts';
import type { StoredSignIn } from './stored-sign-in.ts';

/** A person who has just proved who they are. */
export interface ProvedPerson {
  readonly accountId: string;
  /** The account's epoch, read before the proof began. */
  readonly epoch: number;
  /** How: RFC 8176 names, for example `['pwd']`. */
  readonly methods: readonly string[];
  /** The browser's header, for the list of devices. */
  readonly userAgent: string | null;
  /** The address that the limiter counts by, for the list of devices. Left out where it is not known. */
  readonly clientAddress?: string;
  /** The person asked to be kept signed in on this device. Default false. */
  readonly remember?: boolean;
}

/**
 * `account-changed`: since the proof began the account's password, factor or state changed, or it is not active.
 * `ended-meanwhile`: the sign-in was ended before it was complete. Neither leaves anything behind.
 */
export type StartResult =
  | { readonly kind: 'started'; readonly signInId: string; readonly slot: Slot }
  | { readonly kind: 'refused'; readonly why: 'account-changed' | 'ended-meanwhile' };

/** Live sign-ins of one account: the one made first ends when another comes on top. */
export const maxSignInsPerAccount = 100;

/**
 * Begins a sign-in: one transaction that finds the account active with that epoch, writes the row and ends what is beyond
 * {@link maxSignInsPerAccount}, then the record in the session store. Rejects with `store_unavailable` when the store did not take it; the row is ended again.
 */
export type StartSignIn = (person: ProvedPerson) => Promise<StartResult>;

export interface StartSignInDeps {
  readonly db: Kysely<Database>;
  readonly store: SessionStore;
  readonly realm: Realms;
  readonly signIns: SignIns;
  readonly access: Access;
  readonly endings: Pick<SignInEndings, 'endSignIn' | 'recordSurplus' | 'enforce'>;
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
  readonly onEvent: Platform['onEvent'];
  /** Seconds a sign-in may go unused, counted over all apps. */
  readonly idleSeconds: number;
  /** Seconds a sign-in may last at most. */
  readonly absoluteSeconds: number;
  /** The same for people who asked to be kept signed in. */
  readonly remembered: Required<RememberedOptions>;
}

/** What the transaction wrote. */
interface Begun {
  readonly signIn: StoredSignIn;
  readonly account: Account;
  /** Ids of the sign-ins that it ended to make room. */
  readonly surplus: readonly string[];
}

/** As long as a record's may be (`SignInRecord`). */
const maxPlaceLength = 100;

export function createStartSignIn(deps: StartSignInDeps): StartSignIn {
  return async (person) => {
    const begun = await writeRow(deps, person);
    if (begun === null) return { kind: 'refused', why: 'account-changed' };
    const { signIn, surplus } = begun;
    const outcome = await createInStore(deps, begun);
    // Written down with the new sign-in: where the store fails, the reconciler goes on with it.
    await deps.endings.enforce(surplus).catch(() => undefined);
    if (outcome === 'ended') {
      await deps.endings.endSignIn({ signInId: signIn.id, cause: 'sign-out' });
      return { kind: 'refused', why: 'ended-meanwhile' };
    }
    const { id, email } = begun.account;
    const reason = person.methods.join('+');
    deps.onEvent({ type: 'sign-in.succeeded', reason, account: { id, email } });
    return { kind: 'started', signInId: signIn.id, slot: signIn.slot };
  };
}

/** Null when the account is not active with that epoch. */
function writeRow(deps: StartSignInDeps, person: ProvedPerson): Promise<Begun | null> {
  const at = deps.now();
  const remembered = person.remember ?? false;
  const { idleSeconds, absoluteSeconds } = remembered ? deps.remembered : deps;
  const signIn: StoredSignIn = {
    id: createRowId(deps.randomBytes),
    slot: createSlot(deps.randomBytes),
    accountId: person.accountId,
    methods: person.methods,
    provedAt: at,
    device: deviceWords(person.userAgent),
    place: (person.clientAddress ?? '').slice(0, maxPlaceLength),
    remembered,
    createdAt: at,
    idleSeconds,
    absoluteSeconds,
    endedAt: null,
    endCause: null,
  };
  return deps.db.transaction().execute(async (transaction) => {
    // An update takes the row's lock in every database: nobody suspends the account between this and the insert.
    const account = await transaction
      .updateTable('accounts')
      .set({ epoch: person.epoch })
      .where('id', '=', person.accountId)
      .where('state', '=', 'active')
      .where('epoch', '=', person.epoch)
      .returning(['id', 'email', 'name'])
      .executeTakeFirst();
    if (account === undefined) return null;
    await deps.signIns.insert(transaction, signIn);
    const surplus = await deps.endings.recordSurplus(transaction, {
      accountId: account.id,
      keep: signIn.id,
      max: maxSignInsPerAccount,
    });
    return { signIn, account, surplus };
  });
}

async function createInStore(
  deps: StartSignInDeps,
  { signIn, account }: Begun,
): Promise<'created' | 'ended'> {
  const { store, access } = deps;
  try {
    const at = store.now();
    const record: SignInRecord = {
      version: 1,
      id: signIn.id,
      account,
      provedAt: at,
      methods: signIn.methods,
      device: signIn.device,
      place: signIn.place,
      remembered: signIn.remembered,
      ...recorded(await access.of(account.id)),
      createdAt: at,
      idleSeconds: signIn.idleSeconds,
      absoluteSeconds: signIn.absoluteSeconds,
    };
    const outcome = await store.createSignIn(signIn.slot, record, deps.realm.present);
    // Access withdrawn since it was read did not find this record: it is looked at once more before anyone has a cookie.
    if (outcome === 'created') await access.applyToSlot(account.id, signIn.slot);
    return outcome;
  } catch (error) {
    await endAgain(deps, signIn.id);
    throw error;
  }
}

// Its SQL part is what matters; the store that just failed is expected to fail once more.
async function endAgain(deps: StartSignInDeps, signInId: string): Promise<void> {
  await deps.endings.endSignIn({ signInId, cause: 'sign-out' }).catch(() => undefined);
}
