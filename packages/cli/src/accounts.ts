import type { ServerErrorCode } from '@latchkey/server';
import {
  type Administration,
  openAdministration,
  type StoredAccount,
} from '@latchkey/server/administration';
import { type Family, hasCode, LatchkeyError, memberOf } from '@latchkey/session';

import type { CliErrorCode } from './errors.ts';
import { type Result, table } from './print.ts';

/** What `latchkey account add` is told. */
export interface NewAccount {
  readonly email: string;
  readonly name: string;
  /** Asked for once everything else is known to be right. */
  readonly readPassword: () => Promise<string>;
  readonly isAdministrator: boolean;
  /** Names of apps. */
  readonly grants: readonly string[];
}

/** Why an account or a password was not taken, as people read it. */
const refusals = {
  'email-invalid': ['input_invalid', 'That is not an e-mail address that accounts may have.'],
  'email-taken': ['account_exists', 'There is an account with that address. Nothing was changed.'],
  'name-invalid': [
    'input_invalid',
    'A name has 1 to 100 characters, no line breaks and none that turn the direction of writing.',
  ],
  'password-too-short': ['input_invalid', 'A password has at least 15 characters.'],
  'password-too-long': ['input_invalid', 'A password has at most 256 characters.'],
  'password-common': [
    'input_invalid',
    'This password is easy to guess: it is a well-known one, follows a pattern, or is made of the name and the address.',
  ],
  'unknown-account': ['account_unknown', 'The account is no longer there.'],
} as const satisfies Readonly<Record<string, readonly [CliErrorCode, string]>>;

/** Does something with an account that is there, then closes database and store. Makes no database. */
export async function administer<T>(
  family: Family,
  work: (administration: Administration) => Promise<T>,
): Promise<T> {
  try {
    return await withAdministration(family, true, work);
  } catch (error) {
    if (!hasCode<ServerErrorCode>(error, 'database_missing')) throw error;
    const message = `No account has that address. ${error.message}`;
    throw new LatchkeyError<CliErrorCode>('account_unknown', message, { cause: error });
  }
}

/** The same where there need not be an account. `mustExist`: rejects with `database_missing` instead of making a database. */
export async function withAdministration<T>(
  family: Family,
  mustExist: boolean,
  work: (administration: Administration) => Promise<T>,
): Promise<T> {
  const administration = await openAdministration({ family, mustExist });
  try {
    return await work(administration);
  } catch (error) {
    throw hasCode(error, 'store_unavailable') ? unconfirmed(error) : error;
  } finally {
    await administration.close();
  }
}

/** Makes an active account. Throws `app_unknown` before anything is asked or written. */
export async function addAccount(family: Family, wanted: NewAccount): Promise<Result> {
  const { email, name, isAdministrator, grants } = wanted;
  for (const app of grants) memberOf(family, app);
  const password = await wanted.readPassword();
  return withAdministration(family, false, async ({ accounts, access }) => {
    const registration = { email, name, password, isAdministrator, state: 'active' as const };
    const result = await accounts.register(registration);
    if (result.kind === 'busy') throw new Error('No password is being hashed, and yet it is busy.');
    if (result.kind === 'refused') throw refused(result.why);
    for (const app of grants) await access.grant(result.account.id, app);
    return {
      json: { ...publicPart(result.account), apps: [...grants] },
      text: `${result.account.email} is an account now. It may enter: ${listOf(grants)}.`,
    };
  });
}

/** Where there is no database yet there are no accounts, and none is made to say so. */
export async function listAccounts(family: Family): Promise<Result> {
  try {
    return await withAdministration(family, true, listed);
  } catch (error) {
    if (!hasCode<ServerErrorCode>(error, 'database_missing')) throw error;
    return { json: [], text: `There are no accounts yet. ${error.message}` };
  }
}

async function listed(administration: Administration): Promise<Result> {
  const accounts = await administration.listAccounts();
  const rows = accounts.map(({ email, name, state, isAdministrator, apps }) => [
    ...[email, name, state, isAdministrator ? 'yes' : '', grantsText(apps)],
  ]);
  const heads = ['address', 'name', 'state', 'administrator', 'may enter'];
  return {
    json: accounts.map(({ createdAt, apps, ...account }) => ({
      ...account,
      createdAt: new Date(createdAt).toISOString(),
      apps: grantsJson(apps),
    })),
    text: accounts.length === 0 ? 'There are no accounts yet.' : table([heads, ...rows]),
  };
}

/** Changes the name that apps show from the next request on. */
export function renameAccount(family: Family, email: string, name: string): Promise<Result> {
  return administer(family, async ({ accounts }) => {
    const { id } = await find(accounts, email);
    const result = await accounts.setName(id, name);
    if (result.kind === 'refused') throw refused(result.why);
    const { account } = result;
    const text = `${account.email} is called ${account.name} from the next request on.`;
    return { json: publicPart(account), text };
  });
}

/** Changes the address that a person signs in with; sign-ins go on with it. */
export function setEmail(family: Family, email: string, next: string): Promise<Result> {
  return administer(family, async (administration) => {
    const { accounts } = administration;
    const { id, email: before } = await find(accounts, email);
    const result = await accounts.setEmail(id, next);
    if (result.kind === 'refused') throw refused(result.why);
    const { account } = result;
    const text = `${before} is ${account.email} now, also where somebody is signed in.`;
    return withNotices(administration, id, { json: publicPart(account), text });
  });
}

/** Gives or takes the mark of an administrator. */
export function setAdministrator(
  family: Family,
  email: string,
  isAdministrator: boolean,
): Promise<Result> {
  return administer(family, async ({ accounts }) => {
    const { id } = await find(accounts, email);
    const account = await accounts.setAdministrator(id, isAdministrator);
    if (account === null) throw refused('unknown-account');
    const words = isAdministrator ? 'is an administrator' : 'is no administrator';
    return { json: publicPart(account), text: `${account.email} ${words} now.` };
  });
}

/** Changes a password and ends every sign-in of the account. */
export function setPassword(family: Family, email: string, password: string): Promise<Result> {
  return administer(family, async (administration) => {
    const { accounts, finishEndings } = administration;
    const account = await find(accounts, email);
    const result = await accounts.setPassword(account.id, password);
    if (result.kind === 'refused') throw refused(result.why);
    if (result.kind !== 'changed')
      throw new Error('No password is being hashed, and yet it is busy.');
    await finishEndings(account.id);
    return withNotices(administration, account.id, {
      json: publicPart(result.account),
      text: `${result.account.email} has a new password and is signed out everywhere.`,
    });
  });
}

/** Changes the state of an account; suspended and deleted ones are signed out everywhere. */
export function setState(
  family: Family,
  email: string,
  state: 'active' | 'suspended' | 'deleted',
): Promise<Result> {
  return administer(family, async (administration) => {
    const { accounts, finishEndings } = administration;
    const { id } = await find(accounts, email);
    const changed = await accounts.setState(id, state);
    if (changed === null) throw refused('unknown-account');
    await finishEndings(id);
    const after = state === 'active' ? '' : ' and signed out everywhere';
    const text = `${changed.email} is ${state}${after}.`;
    return withNotices(administration, id, { json: publicPart(changed), text });
  });
}

/** Ends every sign-in of an account. */
export function signOutAccount(family: Family, email: string): Promise<Result> {
  return administer(family, async (administration) => {
    const { accounts, endings, finishEndings } = administration;
    const { id, email: address } = await find(accounts, email);
    const ended = await endings.endSignInsOfAccount(id, 'revoked-by-administrator');
    await finishEndings(id);
    return withNotices(administration, id, {
      json: { id, email: address, endedSignIns: ended },
      text: `${address} is signed out everywhere (${ended} ${ended === 1 ? 'sign-in' : 'sign-ins'} ended).`,
    });
  });
}

/** Says which apps have yet to acknowledge: each keeps a session of its own until it has. */
export async function withNotices(
  { noticesOnTheirWay }: Administration,
  accountId: string,
  { json, text }: { readonly json: object; readonly text: string },
): Promise<Result> {
  const apps = await noticesOnTheirWay(accountId);
  const told = apps.length === 0 ? '' : ` A notice is on its way to ${apps.join(', ')}.`;
  return { json: { ...json, noticesOnTheirWay: apps }, text: `${text}${told}` };
}

/** The account of an address. Throws `account_unknown`. */
export async function find(
  accounts: Administration['accounts'],
  email: string,
): Promise<StoredAccount> {
  const account = await accounts.findByEmail(email);
  if (account !== null) return account;
  throw new LatchkeyError<CliErrorCode>('account_unknown', 'No account has that address.');
}

function refused(why: keyof typeof refusals): LatchkeyError<CliErrorCode> {
  const [code, message] = refusals[why];
  return new LatchkeyError<CliErrorCode>(code, message);
}

/** What stands in SQL is brought into the store later: the person must know that it does not hold everywhere yet. */
function unconfirmed(cause: Error): LatchkeyError {
  return new LatchkeyError(
    'store_unavailable',
    'It is written down, but the session store did not confirm it: apps may not have noticed yet. A running login host brings it there once the store is back; giving the command again then does so too.',
    { cause },
  );
}

function publicPart({ id, email, name, state, isAdministrator }: StoredAccount): object {
  return { id, email, name, state, isAdministrator };
}

function grantsText(apps: Readonly<Record<string, number | null>>): string {
  return Object.entries(apps)
    .map(([app, until]) => (until === null ? app : `${app} until ${new Date(until).toISOString()}`))
    .join(', ');
}

function grantsJson(apps: Readonly<Record<string, number | null>>): object {
  return Object.fromEntries(
    Object.entries(apps).map(([app, until]) => [
      ...[app, until === null ? null : new Date(until).toISOString()],
    ]),
  );
}

function listOf(apps: readonly string[]): string {
  return apps.length === 0 ? 'no app yet' : apps.join(', ');
}
