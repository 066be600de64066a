import { randomBytes, randomUUID } from 'node:crypto';
import type { Account, AppAlone, FamilyApp } from '@latchkey/session';
import { createSlot, type SignInRecord, type Slot } from '@latchkey/session/parts';

/** What a test says of the sign-in that it wants. */
export interface SignInAsOptions {
  /** Session data that is there from the start. Default none. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** The apps of a family that the account may enter. Default the app itself; `[]` for somebody without access. */
  readonly apps?: readonly string[];
  /** How the person proved who they are. Default `['pwd']`. */
  readonly methods?: readonly string[];
}

/** Somebody who is signed in. */
export interface SignedInAs {
  /** The `Cookie` header that their browser sends. */
  readonly cookie: string;
  readonly account: Account;
  /** Where the sign-in is kept: `app.store.endSignIn(slot, 'sign-out')` ends it. */
  readonly slot: Slot;
}

/**
 * Signs somebody in to an app under test, without pages, passwords or a login host: `request(server).set('cookie',
 * (await signInAs(app)).cookie)`. The sign-in and the session are real ones in the app's store. What is left out of the
 * account is made up. Rejects with `store_unavailable`, and where the app keeps no sign-ins.
 *
 * @example
 * ```ts
 * import { createAppAlone } from '@latchkey/session';
 * import { signInAs } from '@latchkey/testkit';
 *
 * const app = createAppAlone({ origin: 'https://shop.example', store: 'memory:' });
 * const { cookie } = await signInAs(app, { name: 'Ada' }); // the `Cookie` header of her requests
 * ```
 */
export async function signInAs(
  app: AppAlone | FamilyApp,
  account: Partial<Account> = {},
  options: SignInAsOptions = {},
): Promise<SignedInAs> {
  const { id = randomUUID(), email = 'ada@kittens.example', name = 'Ada' } = account;
  const person = { id, email, name };
  const slot = createSlot(randomBytes);
  const { apps = 'app' in app ? [app.app] : [], methods = ['pwd'] } = options;
  const record = newSignIn(person, { apps, methods }, app.store.now());
  await app.store.createSignIn(slot, record, app.sessions.realm);
  const opened = await app.open(undefined);
  if ((await app.sessions.signIn(opened.session, slot)) !== 'signed-in') {
    throw new Error('The app keeps no sign-ins: give its cookie store a store for them.');
  }
  Object.assign(opened.session.data, options.data);
  const line = (await opened.commit()).at(-1) ?? '';
  return { cookie: line.split(';')[0] ?? '', account: person, slot };
}

function newSignIn(
  account: Account,
  { apps, methods }: Required<Pick<SignInAsOptions, 'apps' | 'methods'>>,
  now: number,
): SignInRecord {
  return {
    version: 1,
    id: randomUUID(),
    account,
    provedAt: now,
    methods,
    device: '',
    place: '',
    remembered: false,
    apps: Object.fromEntries(apps.map((name) => [name, null])),
    createdAt: now,
    idleSeconds: 604_800,
    absoluteSeconds: 2_592_000,
  };
}
