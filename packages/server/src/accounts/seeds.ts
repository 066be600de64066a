import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LatchkeyError } from '@latchkey/session';
import type { AccessState } from '../database/tables/access.ts';
import type { ServerErrorCode } from '../errors.ts';
import type { Accounts, StoredAccount } from './accounts.ts';
import { maxPasswordBytes } from './passwords.ts';

/** A person of the development family, as printed at start. */
export interface SeededPerson {
  readonly email: string;
  readonly name: string;
  /** What they are for, in a few words. */
  readonly note: string;
}

export interface SeedResult {
  readonly people: readonly SeededPerson[];
  /** The password of all of them, to be printed. */
  readonly password: string;
}

export interface SeedDeps {
  readonly accounts: Accounts;
  /** `packages/server/src/access/access.ts`. */
  readonly access: {
    grant(accountId: string, app: string): Promise<unknown>;
    stateOf(accountId: string, app: string): Promise<AccessState | null>;
  };
  readonly randomBytes: (size: number) => Buffer;
  /** Names of the family's apps. */
  readonly apps: readonly string[];
  /** Where a random password is kept, in the file `seed-password`, readable by this user alone. */
  readonly dataFolder: string;
  /** `LATCHKEY_SEED_PASSWORD`: the password from this start on. Otherwise the one in the file. */
  readonly password?: string;
  readonly isProduction: boolean;
}

interface Seed extends SeededPerson {
  readonly state: 'active' | 'pending';
  readonly isAdministrator: boolean;
  readonly mayEnter: 'every app' | 'shop' | 'none';
}

const seeds: readonly Seed[] = [
  {
    email: 'ada@kittens.example',
    name: 'Ada',
    note: 'administrator, every app',
    state: 'active',
    isAdministrator: true,
    mayEnter: 'every app',
  },
  {
    email: 'ben@kittens.example',
    name: 'Ben',
    note: 'every app',
    state: 'active',
    isAdministrator: false,
    mayEnter: 'every app',
  },
  {
    email: 'cat@kittens.example',
    name: 'Cat',
    note: 'shop only',
    state: 'active',
    isAdministrator: false,
    mayEnter: 'shop',
  },
  {
    email: 'dan@kittens.example',
    name: 'Dan',
    note: 'waits for approval',
    state: 'pending',
    isAdministrator: false,
    mayEnter: 'none',
  },
];

/**
 * Sees to it that the people of the development family exist, with their password and access. May run at every start:
 * what somebody decided about them since (state, access granted or withdrawn) stays; a password that differs is set.
 * Throws `seeds_refused` in production and `option_invalid` for a password that is empty or over 256 characters.
 */
export async function seedPeople(deps: SeedDeps): Promise<SeedResult> {
  if (deps.isProduction) {
    throw new LatchkeyError<ServerErrorCode>(
      'seeds_refused',
      'Development people and LATCHKEY_SEED_PASSWORD are not for production. Unset the variable, and start without seeds.',
    );
  }
  const password = deps.password ?? (await keptPassword(deps));
  if (password === '') throw passwordRefused();
  for (const seed of seeds) await seedOne(deps, seed, password);
  return { people: seeds.map(({ email, name, note }) => ({ email, name, note })), password };
}

async function seedOne(deps: SeedDeps, seed: Seed, password: string): Promise<void> {
  const account =
    (await deps.accounts.findByEmail(seed.email)) ?? (await register(deps, seed, password));
  await setPasswordIfOther(deps, account, password);
  const apps = deps.apps.filter((app) => seed.mayEnter === 'every app' || seed.mayEnter === app);
  for (const app of apps) {
    if ((await deps.access.stateOf(account.id, app)) === null)
      await deps.access.grant(account.id, app);
  }
}

async function register(deps: SeedDeps, seed: Seed, password: string): Promise<StoredAccount> {
  const { email, name, state, isAdministrator } = seed;
  const registration = { email, name, password, state, isAdministrator };
  const result = await deps.accounts.register({ ...registration, passwordRules: 'waived' });
  if (result.kind === 'registered') return result.account;
  // Another process may have been faster.
  const existing = await deps.accounts.findByEmail(email);
  if (existing !== null) return existing;
  throw passwordRefused();
}

// Only when it differs: setting it ends every sign-in of the account.
async function setPasswordIfOther(
  deps: SeedDeps,
  account: StoredAccount,
  password: string,
): Promise<void> {
  const proof = await deps.accounts.provePassword(account.email, password);
  if (proof.kind !== 'refused' || proof.why !== 'wrong') return;
  const result = await deps.accounts.setPassword(account.id, password, { passwordRules: 'waived' });
  if (result.kind !== 'changed') throw passwordRefused();
}

async function keptPassword(deps: SeedDeps): Promise<string> {
  const file = join(deps.dataFolder, 'seed-password');
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (kept.trim() !== '') return kept.trim();
  await mkdir(deps.dataFolder, { recursive: true, mode: 0o700 });
  const password = deps.randomBytes(12).toString('hex');
  // A new file: the mode of one that is there already would stay as it is.
  await rm(file, { force: true });
  await writeFile(file, `${password}\n`, { mode: 0o600, flag: 'wx' });
  return password;
}

function passwordRefused(): LatchkeyError {
  return new LatchkeyError(
    'option_invalid',
    `The password of the development people must have 1 to ${maxPasswordBytes} bytes.`,
  );
}
