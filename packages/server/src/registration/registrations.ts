// Owns how people come to have an account: asking for one, the link that shows the address to be theirs, invitations,
// and the decision on who waits. Nothing is in `accounts` before the link was used. The rows of people belong to
// `accounts/`, the links to `one-time-links/`, the mails to `mail/`, who may enter which app to `access/`.

import type { Family, Platform } from '@latchkey/session';
import type { Kysely, Transaction } from 'kysely';
import { maxReasonLength } from '../access/access-request.ts';
import type { FirstRequests } from '../access/first-request.ts';
import type { StoredAccount } from '../accounts/accounts.ts';
import { type EmailAddress, parseEmail } from '../accounts/email.ts';
import type { PasswordRefusal } from '../accounts/judge-password.ts';
import { insertAccount } from '../accounts/new-account.ts';
import type { Passwords } from '../accounts/passwords.ts';
import { parseName } from '../accounts/person-name.ts';
import { readReason } from '../accounts/reason.ts';
import type { Database } from '../database/schema.ts';
import type { MailQueue } from '../mail/mail-queue.ts';
import type { LinkResult, OneTimeLinks } from '../one-time-links/one-time-links.ts';
import type { Invitations } from './invitations.ts';
import type { LinkRefusal, ReadLinkResult, RegistrationLink } from './link-results.ts';
import { type AskedFrom, readOrigin } from './origin.ts';

/** Seconds that a link may be used by which somebody shows an address to be theirs: a day. */
export const confirmSeconds = 86_400;
export const registerPath = '/register';
export const confirmPath = '/register/confirm';

/** Asking for an account, and making it. */
export interface Registrations {
  /**
   * Sends a mail to the address: a link by which to go on, or, where there is an account, that there is one. Which of the two
   * it was is told by neither result nor time: the same statements run, and one mail is written. More than the queue
   * takes for one address are left out and change nothing, so the link of the last mail that was sent goes on to work.
   */
  ask(wanted: WantedRegistration): Promise<'asked' | 'email-invalid' | 'domain-refused'>;
  /** What a link is good for, for the page with the form. Changes nothing. */
  read(link: RegistrationLink): Promise<ReadLinkResult>;
  /**
   * Makes the account of a link, once. The address is that of the link, whatever the form says. Pending where an administrator has to
   * approve it, else active. Costs one hash, after everything else is known to be right.
   */
  finish(wanted: FinishedRegistration): Promise<FinishResult>;
}

/** What somebody typed who wants an account. */
export interface WantedRegistration {
  readonly email: string;
  readonly language: string;
  readonly from: AskedFrom;
}

/** What the form says that a link opened. */
export interface FinishedRegistration {
  readonly link: RegistrationLink;
  readonly name: string;
  readonly password: string;
  /** Why the person needs the app that is asked for with the account; at most 500 characters, `''` for no reason. */
  readonly reason: string;
  /** The language of the form; mails go on in it. */
  readonly language: string;
}

export type FinishResult =
  | {
      readonly kind: 'registered';
      /** `pending` or `active`. */
      readonly account: StoredAccount;
      readonly from: AskedFrom;
      /** Name of the app that was asked for with it, and waits to be decided on; or null. */
      readonly asked: string | null;
    }
  | { readonly kind: 'refused'; readonly why: LinkRefusal | FormRefusal }
  | { readonly kind: 'busy' };

/** What is wrong with what the form says. */
export type FormRefusal = 'name-invalid' | 'reason-too-long' | PasswordRefusal;

/** What {@link createRegistrations} needs. */
export interface RegistrationsDeps {
  readonly db: Kysely<Database>;
  readonly family: Pick<Family, 'name' | 'people' | 'loginHost' | 'apps'>;
  readonly links: OneTimeLinks;
  readonly mails: MailQueue;
  readonly passwords: Pick<Passwords, 'judge' | 'hash'>;
  readonly invitations: Pick<Invitations, 'read' | 'take' | 'grant'>;
  readonly firstRequests: Pick<FirstRequests, 'isNeeded' | 'write'>;
  /** Told after an account was made that waits. */
  readonly onWaiting: () => void;
  readonly platform: Pick<Platform, 'now' | 'randomBytes' | 'onEvent'>;
}

export function createRegistrations(deps: RegistrationsDeps): Registrations {
  return {
    ask: (wanted) => ask(deps, wanted),
    read: (link) => readLink(deps, link),
    finish: (wanted) => finish(deps, wanted),
  };
}

/** Whether the config lets somebody with this address ask for an account. */
function admits({ people }: Pick<Family, 'people'>, { domain }: EmailAddress): boolean {
  const { registration, domains } = people;
  return registration === 'open' && (domains === null || domains.includes(domain));
}

class MailLimited extends Error {}

async function ask(
  deps: RegistrationsDeps,
  { email, language, from }: WantedRegistration,
): ReturnType<Registrations['ask']> {
  const address = parseEmail(email);
  if (address === null) return 'email-invalid';
  if (!admits(deps.family, address)) return 'domain-refused';
  try {
    await deps.db
      .transaction()
      .execute((transaction) => writeMail(deps, transaction, { address, language, from }));
  } catch (error) {
    if (!(error instanceof MailLimited)) throw error;
  }
  deps.mails.wake();
  return 'asked';
}

/** The same statements for every address: the link is made also where nobody is sent it. */
async function writeMail(
  { links, mails, family }: RegistrationsDeps,
  transaction: Transaction<Database>,
  wanted: Omit<WantedRegistration, 'email'> & { readonly address: EmailAddress },
): Promise<void> {
  const { address, from } = wanted;
  const holder = await transaction
    .selectFrom('accounts')
    .select('locale')
    .where('email_key', '=', address.key)
    .executeTakeFirst();
  const token = await links.make(transaction, {
    purpose: 'confirm-registration',
    subject: address.key,
    data: { email: address.email, from },
    lifetimeSeconds: confirmSeconds,
  });
  const { origin } = family.loginHost;
  const result = await mails.add(transaction, {
    to: address.email,
    language: wanted.language,
    message:
      holder === undefined
        ? { kind: 'confirm-registration', link: `${origin}${confirmPath}?token=${token}` }
        : { kind: 'already-registered', link: `${origin}/sign-in` },
  });
  // The link before it was sent, this one would not be: it must not take its place.
  if (result === 'limited') throw new MailLimited();
}

async function readLink(
  deps: RegistrationsDeps,
  { token, purpose }: RegistrationLink,
): Promise<ReadLinkResult> {
  const link = await deps.links.read(token, purpose);
  return link.kind === 'refused' ? link : judgeLink(deps, deps.db, { ...link, purpose });
}

type GoodOneTimeLink = Extract<LinkResult, { kind: 'good' }> & Pick<RegistrationLink, 'purpose'>;

async function judgeLink(
  { family, invitations, firstRequests }: RegistrationsDeps,
  db: Kysely<Database> | Transaction<Database>,
  link: GoodOneTimeLink,
): Promise<ReadLinkResult> {
  if (link.purpose === 'invitation') return invitations.read(db, link.subject);
  const data = link.data as { readonly email: string; readonly from: unknown };
  const address = parseEmail(data.email);
  // An address that a newer release reads in another way belongs to nobody who could be asked.
  if (address === null || address.key !== link.subject) return { kind: 'refused', why: 'unknown' };
  if (!admits(family, address)) return { kind: 'refused', why: 'closed' };
  const from = readOrigin(family, data.from);
  const isAsked = from.app !== null && firstRequests.isNeeded(address, from.app);
  return { kind: 'good', address, name: '', from, asksFor: isAsked ? from.app : null };
}

async function finish(
  deps: RegistrationsDeps,
  { link, name: written, password, reason: typed, language }: FinishedRegistration,
): Promise<FinishResult> {
  const { passwords, family } = deps;
  const good = await readLink(deps, link);
  if (good.kind === 'refused') return good;
  const name = parseName(written);
  const reason = readReason(typed);
  if (name === null) return { kind: 'refused', why: 'name-invalid' };
  if (reason.length > maxReasonLength) return { kind: 'refused', why: 'reason-too-long' };
  const fault = await passwords.judge(password, [good.address.email, name, family.name]);
  if (fault !== null) return { kind: 'refused', why: fault };
  const passwordHash = await passwords.hash(password);
  if (passwordHash === 'busy') return { kind: 'busy' };
  const result = await deps.db
    .transaction()
    .execute((transaction) =>
      makeAccount(deps, transaction, { link, name, passwordHash, reason, locale: language }),
    );
  if (result.kind === 'registered') tell(deps, result);
  return result;
}

function tell(
  { platform, mails, onWaiting }: RegistrationsDeps,
  { account, asked }: Extract<FinishResult, { kind: 'registered' }>,
): void {
  const { id, email, state } = account;
  platform.onEvent({ type: 'account.created', reason: state, account: { id, email } });
  if (asked !== null) {
    platform.onEvent({ type: 'access.requested', app: asked, account: { id } });
    mails.wake();
  }
  if (state === 'pending') onWaiting();
}

interface JudgedRegistration {
  readonly link: RegistrationLink;
  readonly name: string;
  readonly passwordHash: string;
  readonly reason: string;
  readonly locale: string;
}

/** Of any number of posts of one link exactly one gets so far that it makes the account. */
async function makeAccount(
  deps: RegistrationsDeps,
  transaction: Transaction<Database>,
  { link, reason, ...judged }: JudgedRegistration,
): Promise<FinishResult> {
  const { family, invitations, links, platform, firstRequests } = deps;
  const { token, purpose } = link;
  const used = await links.use(transaction, token, purpose);
  if (used.kind === 'refused') return used;
  const good = await judgeLink(deps, transaction, { ...used, purpose });
  if (good.kind === 'refused') return good;
  const { address, from, asksFor: app } = good;
  // Also where another link proved the address: the invitation went to the same person.
  const invitation = await invitations.take(transaction, address);
  // Taken back since it was looked at.
  if (invitation === null && purpose === 'invitation') return { kind: 'refused', why: 'withdrawn' };
  const waits = invitation === null && family.people.approval === 'required';
  // Whoever was handed a link has not shown that the mailbox is theirs: rules for its domain open nothing.
  const isProved = purpose !== 'invitation' || invitation?.isHandedOver !== true;
  const account = await insertAccount(platform, transaction, {
    ...judged,
    address,
    state: waits ? 'pending' : 'active',
    ...(isProved ? { emailConfirmedAt: platform.now() } : {}),
  });
  if (account === null) return { kind: 'refused', why: 'email-taken' };
  if (invitation !== null) await invitations.grant(transaction, account.id, invitation);
  await links.withdraw(transaction, { purpose: 'confirm-registration', subject: address.key });
  if (waits) {
    await transaction.insertInto('untold_accounts').values({ account_id: account.id }).execute();
  }
  const asking = { accountId: account.id, reason, isActive: !waits };
  const isAsked = app !== null && (await firstRequests.write(transaction, { ...asking, app }));
  return { kind: 'registered', account, from, asked: isAsked ? app : null };
}
