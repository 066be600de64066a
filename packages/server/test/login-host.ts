import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LatchkeyError, type LatchkeyEvent, type SessionStore } from '@latchkey/session';
import { createSqliteStore } from '@latchkey/session/store/sqlite';
import { createFakeClock, type FakeClock } from '@latchkey/testkit';
import { type Access, createAccess } from '../src/access/access.ts';
import { type AccessRules, noRules } from '../src/access/access-rules.ts';
import { type Accounts, createAccounts, type StoredAccount } from '../src/accounts/accounts.ts';
import { createPasswordJudge } from '../src/accounts/judge-password.ts';
import type { Passwords } from '../src/accounts/passwords.ts';
import { type OpenDatabase, openDatabase } from '../src/database/open-database.ts';
import { sweep } from '../src/database/sweep.ts';
import { createSignIns, type SignIns } from '../src/sign-in/sign-ins.ts';
import { createStartSignIn, type StartSignIn } from '../src/sign-in/start-sign-in.ts';
import type { StoredSignIn } from '../src/sign-in/stored-sign-in.ts';
import { createEndings, type SignInEndings } from '../src/sign-out/end-sign-in.ts';
import { createReconciler, type Reconciler } from '../src/sign-out/reconciler.ts';
import { databaseOf, type TestDatabase } from './databases.ts';
import { realms } from './realm.ts';

/** Everything behind the login host's routes, on files of its own, with a clock that stands still. */
export interface TestLoginHost {
  readonly folder: string;
  readonly databaseUrl: string;
  readonly clock: FakeClock;
  readonly db: OpenDatabase['db'];
  /** What the code under test uses: breaks where it is told to. */
  readonly store: BreakableStore;
  readonly accounts: Accounts;
  readonly access: Access;
  readonly signIns: SignIns;
  readonly endings: SignInEndings;
  readonly startSignIn: StartSignIn;
  readonly reconciler: Reconciler;
  /** Of the reconciler. */
  readonly events: LatchkeyEvent[];
  /** What people and administrators did. */
  readonly doings: LatchkeyEvent[];
  /** How often the outbox was woken. */
  wakes(): number;
  /** An active account with these apps granted; its password is {@link testPassword}. */
  person(name: string, apps?: readonly string[]): Promise<StoredAccount>;
  /** A sign-in of a new person, joined by these relying parties. */
  signedIn(name: string, relyingParties?: readonly string[]): Promise<StoredSignIn>;
  /** The same files, as after a restart. This one is closed. */
  restart(): Promise<TestLoginHost>;
  /** `keepFolder`: another one works on the same files. */
  close(options?: { readonly keepFolder: boolean }): Promise<void>;
}

/** A store of which single methods can be made to fail, before or after they did their work. */
export type BreakableStore = SessionStore & {
  /** The next `times` calls of the method fail. */
  breakNext(method: keyof SessionStore, moment: 'before' | 'after', times?: number): void;
  /** Runs before each call of the method goes through. */
  before(method: keyof SessionStore, work: () => Promise<unknown>): void;
};

export const testPassword = 'correct horse battery';

export interface TestLoginHostOptions {
  readonly folder?: string;
  /** URL of the database, where another process has it already. Default the one of the folder. */
  readonly database?: string;
  readonly clock?: FakeClock;
  /** Default an SQLite store in the folder. */
  readonly store?: SessionStore;
  /** Default none: only decisions and groups let in. */
  readonly rules?: AccessRules;
  /** Default hashes that cost nothing. */
  readonly passwords?: Passwords;
}

export async function openTestLoginHost(
  options: TestLoginHostOptions = {},
): Promise<TestLoginHost> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'latchkey-server-'));
  const { clock = createFakeClock(), rules = noRules, passwords = cheapPasswords } = options;
  const { now } = clock;
  const own = await databaseFor(folder, options.database);
  const database = await openDatabase(own.url);
  const { db } = database;
  const real = options.store ?? createSqliteStore({ path: join(folder, 'sessions.db'), now });
  const store = breakable(real);
  const events: LatchkeyEvent[] = [];
  const doings: LatchkeyEvent[] = [];
  const onEvent = (event: LatchkeyEvent): void => void doings.push(event);
  let woken = 0;
  const wake = (): void => {
    woken += 1;
  };
  const parts = { db, store, realm: realms, rules, now, randomBytes, onEvent };
  const capabilities = createCapabilities(parts, passwords, wake);
  const reconciler = reconcilerOf({
    ...parts,
    ...capabilities,
    onEvent: (event) => events.push(event),
  });

  async function shut(): Promise<void> {
    await reconciler.stop();
    await database.close();
    if (options.store === undefined) await real.close();
  }
  return {
    folder,
    databaseUrl: own.url,
    clock,
    db,
    store,
    ...capabilities,
    reconciler,
    events,
    doings,
    wakes: () => woken,
    person: (name, apps = []) => createPerson(capabilities, name, apps),
    signedIn: (name, apps = []) => createSignedIn(capabilities, name, apps),
    async restart() {
      await shut();
      return openTestLoginHost({ ...options, folder, clock });
    },
    async close({ keepFolder } = { keepFolder: false }) {
      await shut();
      if (keepFolder) return;
      await own.free();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The database of the folder; one that another process has is that one's to free. */
async function databaseFor(
  folder: string,
  url: string | undefined,
): Promise<Pick<TestDatabase, 'url' | 'free'>> {
  return url === undefined ? databaseOf(folder) : { url, free: () => Promise.resolve() };
}

/** On the clock of the test. */
function reconcilerOf(
  parts: Pick<Parts, 'db' | 'store' | 'realm' | 'now' | 'onEvent'> &
    Pick<TestLoginHost, 'access' | 'endings'>,
): Reconciler {
  const { db, now, access } = parts;
  return createReconciler({
    ...parts,
    monotonic: now,
    applyMissedAccess: access.applyMissed,
    sweep: () => sweep({ db, now }),
  });
}

type Parts = Parameters<typeof createEndings>[0] & Parameters<typeof createAccess>[0];

/** What signs people in and out, on one database and one store. */
function createCapabilities(
  parts: Omit<Parts, 'onEnforced' | 'onNotice'>,
  passwords: Passwords,
  wake: () => void,
): Pick<TestLoginHost, 'accounts' | 'access' | 'signIns' | 'endings' | 'startSignIn'> {
  const endings = createEndings({ ...parts, onEnforced: wake });
  const access = createAccess({ ...parts, onNotice: wake });
  const familyName = 'Kittens';
  const accounts = createAccounts({ ...parts, passwords, familyName, endings, signIns: access });
  const signIns = createSignIns(parts);
  const startSignIn = createStartSignIn({
    ...parts,
    signIns,
    access,
    endings,
    idleSeconds: 604_800,
    absoluteSeconds: 2_592_000,
    remembered: { idleSeconds: 2_592_000, absoluteSeconds: 31_536_000 },
  });
  return { accounts, access, signIns, endings, startSignIn };
}

async function createPerson(
  { accounts, access }: Pick<TestLoginHost, 'accounts' | 'access'>,
  name: string,
  apps: readonly string[],
): Promise<StoredAccount> {
  const email = `${name}@kittens.example`;
  const result = await accounts.register({ email, name, password: testPassword, state: 'active' });
  if (result.kind !== 'registered') throw new Error(`Not registered: ${JSON.stringify(result)}`);
  for (const app of apps) await access.grant(result.account.id, app);
  return result.account;
}

async function createSignedIn(
  host: Pick<TestLoginHost, 'accounts' | 'access' | 'signIns' | 'startSignIn'>,
  name: string,
  relyingParties: readonly string[],
): Promise<StoredSignIn> {
  const { id, epoch } = await createPerson(host, name, ['shop', ...relyingParties]);
  const proof = { accountId: id, epoch, methods: ['pwd'], userAgent: null };
  const started = await host.startSignIn(proof);
  if (started.kind !== 'started') throw new Error(`Not started: ${started.why}`);
  for (const app of relyingParties) {
    await host.signIns.join({
      signInId: started.signInId,
      app,
      reach: 'oidc',
      sid: `sid-${name}-${app}`,
    });
  }
  const signIn = await host.signIns.findLive(started.signInId);
  if (signIn === null) throw new Error('The sign-in is not there.');
  return signIn;
}

/** Breaks methods of a store on command. */
export function breakable(store: SessionStore): BreakableStore {
  const broken = new Map<keyof SessionStore, { moment: 'before' | 'after'; times: number }>();
  const first = new Map<keyof SessionStore, () => Promise<unknown>>();
  const fail = (): never => {
    throw new LatchkeyError('store_unavailable', 'The store was told to fail.');
  };
  function wrap<A extends unknown[], R>(
    method: keyof SessionStore,
    work: (...args: A) => Promise<R>,
  ): (...args: A) => Promise<R> {
    return async (...args) => {
      await first.get(method)?.();
      const fault = broken.get(method);
      const fails = fault !== undefined && fault.times > 0;
      if (fails) fault.times -= 1;
      if (fails && fault.moment === 'before') fail();
      const result = await work(...args);
      return fails ? fail() : result;
    };
  }
  return {
    ...store,
    createSignIn: wrap('createSignIn', store.createSignIn),
    readSignIn: wrap('readSignIn', store.readSignIn),
    replaceSignIn: wrap('replaceSignIn', store.replaceSignIn),
    endSignIn: wrap('endSignIn', store.endSignIn),
    readReports: wrap('readReports', store.readReports),
    dropReports: wrap('dropReports', store.dropReports),
    breakNext: (method, moment, times = 1) => broken.set(method, { moment, times }),
    before: (method, work) => first.set(method, work),
  };
}

/** SHA-256 in place of argon2: for tests in which the cost of hashing is not the matter. */
export const cheapPasswords: Passwords = {
  judge: createPasswordJudge(),
  hash: async (password) => cheapHash(password),
  verify: async (phc, password) => (phc === cheapHash(password) ? 'right' : 'wrong'),
};

function cheapHash(password: string): string {
  return createHash('sha256').update(password).digest('base64url');
}
