import type { Family, Platform } from '@latchkey/session';
import type { Kysely, Transaction } from 'kysely';
import { writeDecision } from '../access/access.ts';
import { type EmailAddress, parseEmail } from '../accounts/email.ts';
import { parseName } from '../accounts/person-name.ts';
import { createRowId } from '../database/row-id.ts';
import type { Database } from '../database/schema.ts';
import type { MailQueue } from '../mail/mail-queue.ts';
import type { OneTimeLinks } from '../one-time-links/one-time-links.ts';
import type { ReadLinkResult } from './link-results.ts';
import { fromNowhere } from './origin.ts';

/** Seconds that an invitation may be used: a week. */
export const invitationSeconds = 604_800;
export const invitationPath = '/invitation';

/** An app that whoever accepts may enter. */
export interface InvitedAccess {
  readonly app: string;
  /** Until when, in milliseconds since 1970; null for good. */
  readonly until: number | null;
  /** One that the config has for the app, or null. */
  readonly role: string | null;
}

export interface NewInvitation {
  readonly email: string;
  /** What the form is filled in with; the person may write another. Default none. */
  readonly name?: string;
  /** Default none. */
  readonly access?: readonly InvitedAccess[];
  /** The administrator, or null for an operator. */
  readonly invitedBy: { readonly id: string; readonly name: string } | null;
  /** Of the mail, a BCP 47 tag; null: none is written, and the caller hands the link over. */
  readonly language: string | null;
}

export type InviteResult =
  | {
      readonly kind: 'invited';
      readonly id: string;
      readonly email: string;
      /** Makes the account of whoever has it: shown to nobody but the one who invites. */
      readonly link: string;
      readonly expiresAt: number;
    }
  | { readonly kind: 'refused'; readonly why: InviteRefusal };

/** `closed`: by the config. `mail-limited`: the address had five mails within the last hour; nothing was changed. */
export type InviteRefusal =
  | 'email-invalid'
  | 'email-taken'
  | 'name-invalid'
  | 'closed'
  | 'mail-limited';

/** An invitation that was neither used nor withdrawn. */
export interface OpenInvitation {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly access: readonly InvitedAccess[];
  readonly createdAt: number;
  /** In the past: it is of no use any more. */
  readonly expiresAt: number;
}

/** Inviting people. Whoever finishes one is active, with the apps it names; it works once, for a week. */
export interface Invitations {
  /**
   * Makes an invitation and, with a language, its mail. One before it for the same address is withdrawn. Does not check that the
   * family has the apps.
   */
  invite(wanted: NewInvitation): Promise<InviteResult>;
  /** Takes an open invitation back; false where it is not open. */
  withdraw(id: string): Promise<boolean>;
  /** The open ones, the latest first, at most 500. */
  listOpen(): Promise<readonly OpenInvitation[]>;
  /** What the invitation of a link is good for. */
  read(db: Kysely<Database>, id: string): Promise<ReadLinkResult>;
  /** Uses the open invitation of an address up, or null where there is none. */
  take(transaction: Transaction<Database>, address: EmailAddress): Promise<TakenInvitation | null>;
  /** Gives a new account, without sign-ins, what the invitation named. */
  grant(
    transaction: Transaction<Database>,
    accountId: string,
    invitation: TakenInvitation,
  ): Promise<void>;
}

/** What an invitation that was used up gives. */
export interface TakenInvitation {
  /** Account id of who invited, or null: an operator. */
  readonly invitedBy: string | null;
  /** The link was handed over by somebody: whoever has it need not read the mailbox of the address. */
  readonly isHandedOver: boolean;
  readonly access: readonly InvitedAccess[];
}

/** What {@link createInvitations} needs. */
export interface InvitationsDeps {
  readonly db: Kysely<Database>;
  readonly family: Pick<Family, 'people' | 'loginHost'>;
  readonly links: OneTimeLinks;
  readonly mails: MailQueue;
  readonly platform: Pick<Platform, 'now' | 'randomBytes'>;
}

class InviteRefused extends Error {
  readonly why: InviteRefusal;

  constructor(why: InviteRefusal) {
    super(why);
    this.why = why;
  }
}

const maxListed = 500;

export function createInvitations(deps: InvitationsDeps): Invitations {
  const { db, platform } = deps;
  const { now } = platform;
  return {
    invite: (wanted) => invite(deps, wanted),
    withdraw: (id) => settle(db, { column: 'id', value: id, state: 'withdrawn', at: now() }),
    async listOpen() {
      const rows = await db
        .selectFrom('invitations')
        .selectAll()
        .where('state', '=', 'open')
        .orderBy('created_at', 'desc')
        .limit(maxListed)
        .execute();
      return rows.map((row) => ({
        id: row.id,
        email: row.email,
        name: row.name,
        access: accessOf(row),
        createdAt: row.created_at,
        expiresAt: row.expires_at,
      }));
    },
    read: (from, id) => read(deps, from, id),
    take: (transaction, address) => take(transaction, address, now()),
    grant: (transaction, accountId, invitation) =>
      grant(deps, transaction, { ...invitation, accountId }),
  };
}

async function invite(deps: InvitationsDeps, wanted: NewInvitation): Promise<InviteResult> {
  const { db, family, mails } = deps;
  const address = parseEmail(wanted.email);
  const name = wanted.name === undefined ? '' : parseName(wanted.name);
  if (family.people.registration === 'closed') return { kind: 'refused', why: 'closed' };
  if (address === null) return { kind: 'refused', why: 'email-invalid' };
  if (name === null) return { kind: 'refused', why: 'name-invalid' };
  try {
    const written = await db
      .transaction()
      .execute((transaction) => write(deps, transaction, { ...wanted, address, name }));
    mails.wake();
    return { kind: 'invited', email: address.email, ...written };
  } catch (error) {
    if (error instanceof InviteRefused) return { kind: 'refused', why: error.why };
    throw error;
  }
}

type JudgedInvitation = NewInvitation & {
  readonly address: EmailAddress;
  readonly name: string;
};

async function write(
  { links, mails, family, platform }: InvitationsDeps,
  transaction: Transaction<Database>,
  { address, name, access = [], invitedBy, language }: JudgedInvitation,
): Promise<{ readonly id: string; readonly link: string; readonly expiresAt: number }> {
  const holder = await transaction
    .selectFrom('accounts')
    .select('id')
    .where('email_key', '=', address.key)
    .executeTakeFirst();
  if (holder !== undefined) throw new InviteRefused('email-taken');
  const at = platform.now();
  const id = createRowId(platform.randomBytes);
  const expiresAt = at + invitationSeconds * 1000;
  await settle(transaction, { column: 'email_key', value: address.key, state: 'withdrawn', at });
  await transaction
    .insertInto('invitations')
    .values({
      id,
      email: address.email,
      email_key: address.key,
      name,
      grants: JSON.stringify(access),
      invited_by: invitedBy?.id ?? null,
      mailed: language === null ? 0 : 1,
      state: 'open',
      created_at: at,
      expires_at: expiresAt,
      settled_at: null,
    })
    .execute();
  const lifetimeSeconds = invitationSeconds;
  const token = await links.make(transaction, {
    purpose: 'invitation',
    subject: id,
    lifetimeSeconds,
  });
  const link = `${family.loginHost.origin}${invitationPath}?token=${token}`;
  if (language !== null) {
    const message = { kind: 'invitation', link, invitedBy: invitedBy?.name ?? null } as const;
    const result = await mails.add(transaction, { to: address.email, language, message });
    if (result === 'limited') throw new InviteRefused('mail-limited');
  }
  return { id, link, expiresAt };
}

async function read(
  { family, platform }: InvitationsDeps,
  db: Kysely<Database>,
  id: string,
): Promise<ReadLinkResult> {
  const row = await db
    .selectFrom('invitations')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  const address = row === undefined ? null : parseEmail(row.email);
  if (row === undefined || address === null) return { kind: 'refused', why: 'unknown' };
  if (family.people.registration === 'closed') return { kind: 'refused', why: 'closed' };
  if (row.state !== 'open') return { kind: 'refused', why: row.state };
  if (row.expires_at <= platform.now()) return { kind: 'refused', why: 'expired' };
  return { kind: 'good', address, name: row.name, from: fromNowhere, asksFor: null };
}

async function take(
  transaction: Transaction<Database>,
  { key }: EmailAddress,
  at: number,
): Promise<TakenInvitation | null> {
  const row = await transaction
    .updateTable('invitations')
    .set({ state: 'used', settled_at: at })
    .where('email_key', '=', key)
    .where('state', '=', 'open')
    .where('expires_at', '>', at)
    .returning(['grants', 'invited_by', 'mailed'])
    .executeTakeFirst();
  if (row === undefined) return null;
  return { access: accessOf(row), invitedBy: row.invited_by, isHandedOver: row.mailed === 0 };
}

async function settle(
  db: Kysely<Database> | Transaction<Database>,
  invitation: {
    readonly column: 'id' | 'email_key';
    readonly value: string;
    readonly state: 'withdrawn';
    readonly at: number;
  },
): Promise<boolean> {
  const row = await db
    .updateTable('invitations')
    .set({ state: invitation.state, settled_at: invitation.at })
    .where(invitation.column, '=', invitation.value)
    .where('state', '=', 'open')
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** The account is new: it has no sign-in that would have to be told. */
async function grant(
  { platform }: InvitationsDeps,
  transaction: Transaction<Database>,
  { accountId, access, invitedBy }: TakenInvitation & { readonly accountId: string },
): Promise<void> {
  for (const one of access) {
    const decision = { ...one, accountId, state: 'granted', decidedBy: invitedBy } as const;
    await writeDecision(platform, transaction, decision);
  }
}

function accessOf({ grants }: { readonly grants: string }): readonly InvitedAccess[] {
  return JSON.parse(grants) as readonly InvitedAccess[];
}
