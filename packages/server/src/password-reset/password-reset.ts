// Owns choosing a new password by a link that is mailed: asking for it, the page with the form, the change. The rows of
// people and what a password may be belong to `accounts/`, the links to `one-time-links/`, the mails to `mail/`, the
// ending of sign-ins to `sign-out/`.

import type { Family } from '@latchkey/session';
import type { Kysely, Transaction } from 'kysely';
import type { Accounts } from '../accounts/accounts.ts';
import { type EmailAddress, parseEmail } from '../accounts/email.ts';
import type { PasswordRefusal } from '../accounts/judge-password.ts';
import type { Database } from '../database/schema.ts';
import type { MailQueue } from '../mail/mail-queue.ts';
import type { LinkResult, OneTimeLinks } from '../one-time-links/one-time-links.ts';

/** Seconds that a link to choose a new password may be used: an hour. */
export const resetSeconds = 3600;
export const forgotPath = '/forgot-password';
export const resetPath = '/reset-password';

/** A new password by mail. */
export interface PasswordReset {
  /**
   * Mails a link to the address if an active account has it. Neither result nor time tells whether: the same statements run for
   * every address. What is beyond the queue's limit for the address is left out, and the link that was sent before stays good.
   */
  ask(wanted: {
    readonly email: string;
    readonly language: string;
  }): Promise<'asked' | 'email-invalid'>;
  /** Whether a link is good now. Changes nothing. */
  read(token: string): Promise<LinkResult>;
  /**
   * Sets the password, uses the link up, ends every sign-in of the account and tells its address, in one transaction but for the
   * store. A password that is refused leaves the link good. Does not sign anybody in.
   */
  finish(wanted: { readonly token: string; readonly password: string }): Promise<ResetResult>;
}

export type ResetResult =
  | { readonly kind: 'changed' }
  | { readonly kind: 'link-refused'; readonly why: Extract<LinkResult, { kind: 'refused' }>['why'] }
  | { readonly kind: 'password-refused'; readonly why: PasswordRefusal }
  | { readonly kind: 'busy' };

/** What {@link createPasswordReset} needs. */
export interface PasswordResetDeps {
  readonly db: Kysely<Database>;
  readonly family: Pick<Family, 'loginHost'>;
  readonly accounts: Pick<Accounts, 'setPassword' | 'findById'>;
  readonly links: OneTimeLinks;
  readonly mails: MailQueue;
  readonly now: () => number;
}

/** What a link remembers: with another epoch, password, address or state have changed since. */
interface ResetData {
  readonly epoch: number;
}

/** Mails are looked for when the answer is out: to send one takes longer than to send none. */
const wakeMilliseconds = 50;

export function createPasswordReset(deps: PasswordResetDeps): PasswordReset {
  return {
    async ask({ email, language }) {
      const address = parseEmail(email);
      if (address === null) return 'email-invalid';
      await deps.db
        .transaction()
        .execute((transaction) => writeMail(deps, transaction, { address, language }))
        .catch((error: unknown) => {
          if (!(error instanceof NotSent)) throw error;
        });
      setTimeout(() => deps.mails.wake(), wakeMilliseconds).unref();
      return 'asked';
    },
    read: (token) => readLink(deps, token),
    finish: (wanted) => finish(deps, wanted),
  };
}

/** Rolls a transaction back: the link in it reaches nobody, and must not take the place of the one before. */
class NotSent extends Error {}

async function writeMail(
  { links, mails, family }: PasswordResetDeps,
  transaction: Transaction<Database>,
  { address, language }: { readonly address: EmailAddress; readonly language: string },
): Promise<void> {
  const found = await transaction
    .selectFrom('accounts')
    .select(['id', 'email', 'epoch', 'state', 'locale'])
    .where('email_key', '=', address.key)
    .executeTakeFirst();
  const account = found?.state === 'active' ? found : null;
  const data: ResetData = { epoch: account?.epoch ?? 0 };
  const token = await links.make(transaction, {
    purpose: 'reset-password',
    subject: account?.id ?? `nobody:${address.key}`,
    data,
    lifetimeSeconds: resetSeconds,
  });
  const { origin } = family.loginHost;
  const mail = {
    to: account?.email ?? address.email,
    language: account?.locale ?? language,
    message: { kind: 'reset-password', link: `${origin}${resetPath}?token=${token}` },
  } as const;
  const write = account === null ? mails.pretend : mails.add;
  if ((await write(transaction, mail)) !== 'queued') throw new NotSent();
}

async function readLink(
  { links, accounts }: PasswordResetDeps,
  token: string,
): Promise<LinkResult> {
  const link = await links.read(token, 'reset-password');
  if (link.kind === 'refused') return link;
  const account = await accounts.findById(link.subject);
  const isCurrent = account?.state === 'active' && isOf(link.data, account.epoch);
  return isCurrent ? link : { kind: 'refused', why: 'unknown' };
}

async function finish(
  deps: PasswordResetDeps,
  { token, password }: { readonly token: string; readonly password: string },
): Promise<ResetResult> {
  const { accounts, links, mails, family, now } = deps;
  // Before anything is hashed: who has no link costs us nothing.
  const link = await readLink(deps, token);
  if (link.kind === 'refused') return { kind: 'link-refused', why: link.why };
  let why: Extract<LinkResult, { kind: 'refused' }>['why'] = 'unknown';
  const result = await accounts.setPassword(link.subject, password, {
    async alongside(transaction, account) {
      const used = await links.use(transaction, token, 'reset-password');
      if (used.kind === 'refused') why = used.why;
      // The change itself has raised the epoch by one.
      const isGood =
        used.kind === 'good' && account.state === 'active' && isOf(used.data, account.epoch - 1);
      if (!isGood) return 'take-back';
      const language = await localeOf(transaction, account.id);
      const link = `${family.loginHost.origin}${forgotPath}`;
      const message = { kind: 'password-changed', link, at: now() } as const;
      await mails.add(transaction, { to: account.email, language, message });
      return 'go-on';
    },
  });
  if (result.kind === 'busy') return result;
  if (result.kind === 'taken-back') return { kind: 'link-refused', why };
  if (result.kind === 'changed') {
    mails.wake();
    return { kind: 'changed' };
  }
  return result.why === 'unknown-account'
    ? { kind: 'link-refused', why: 'unknown' }
    : { kind: 'password-refused', why: result.why };
}

function isOf(data: unknown, epoch: number): boolean {
  return (data as ResetData).epoch === epoch;
}

async function localeOf(transaction: Transaction<Database>, id: string): Promise<string | null> {
  const row = await transaction
    .selectFrom('accounts')
    .select('locale')
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.locale ?? null;
}
