// Owns single-use secrets in links: makes them, shows what one is good for, lets exactly one caller use it. What a link
// is for, who receives it and the page it opens are left to the folder that asks for it, the mail that carries it to
// `mail/`. A link is read with GET and used with POST: programs that open the links of a mail change nothing.

import { createHash } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { LinkPurpose } from '../database/tables/one-time-links.ts';

/** A link to be made. */
export interface NewLink {
  readonly purpose: LinkPurpose;
  /** Whom it is for: an account's id or an address key. At most one unused link for each purpose and subject works. */
  readonly subject: string;
  /** What the one who uses it is given back. JSON, at most 8 KiB; stored plain, so no secrets. Default null. */
  readonly data?: unknown;
  readonly lifetimeSeconds: number;
}

/**
 * What a token opens. `used` and `expired` are told apart so that a page can say what to do next; seven days after it ran out, and
 * after a newer one for the same purpose and subject, a link is `unknown`.
 */
export type LinkResult =
  | { readonly kind: 'good'; readonly subject: string; readonly data: unknown }
  | { readonly kind: 'refused'; readonly why: 'unknown' | 'expired' | 'used' };

/** Single-use secrets in links. */
export interface OneTimeLinks {
  /**
   * Makes a token of 256 random bits, base64url, for a link that the caller builds. From the commit on earlier unused ones of
   * the same purpose and subject are unknown. Only its SHA-256 is stored: who reads the database can use no link.
   */
  make(transaction: Transaction<Database>, link: NewLink): Promise<string>;
  /** What a token is good for now, for a page that shows a button. Changes nothing. */
  read(token: string, purpose: LinkPurpose): Promise<LinkResult>;
  /** Uses a token up. Of any number of callers exactly one gets `good`, once its transaction has committed. */
  use(transaction: Transaction<Database>, token: string, purpose: LinkPurpose): Promise<LinkResult>;
  /** The unused link of a purpose and subject is unknown from the commit on, such as after what it was for came about by other means. */
  withdraw(
    transaction: Transaction<Database>,
    link: Pick<NewLink, 'purpose' | 'subject'>,
  ): Promise<void>;
}

/** What {@link createOneTimeLinks} needs. */
export interface OneTimeLinksDeps {
  readonly db: Kysely<Database>;
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
}

const tokenBytes = 32;
const maxDataCharacters = 8192;

export function createOneTimeLinks({ db, now, randomBytes }: OneTimeLinksDeps): OneTimeLinks {
  return {
    async make(transaction, { purpose, subject, data = null, lifetimeSeconds }) {
      const token = randomBytes(tokenBytes).toString('base64url');
      const text = JSON.stringify(data);
      if (text.length > maxDataCharacters) throw new Error('The data of a link are too long.');
      const createdAt = now();
      const row = {
        token_hash: hashOf(token),
        data: text,
        created_at: createdAt,
        expires_at: createdAt + lifetimeSeconds * 1000,
      };
      await transaction
        .insertInto('one_time_links')
        .values({ ...row, purpose, subject, used_at: null })
        // In one statement: of two that are made at the same time, one is left.
        .onConflict((conflict) =>
          conflict.columns(['purpose', 'subject']).where('used_at', 'is', null).doUpdateSet(row),
        )
        .execute();
      return token;
    },
    read: (token, purpose) => read(db, { token, purpose, at: now() }),
    async use(transaction, token, purpose) {
      if (!isToken(token)) return unknown;
      const at = now();
      const used = await transaction
        .updateTable('one_time_links')
        .set({ used_at: at })
        .where('token_hash', '=', hashOf(token))
        .where('purpose', '=', purpose)
        .where('used_at', 'is', null)
        .where('expires_at', '>', at)
        .returning(['subject', 'data'])
        .executeTakeFirst();
      return used === undefined ? read(transaction, { token, purpose, at }) : good(used);
    },
    async withdraw(transaction, { purpose, subject }) {
      await transaction
        .deleteFrom('one_time_links')
        .where('purpose', '=', purpose)
        .where('subject', '=', subject)
        .where('used_at', 'is', null)
        .execute();
    },
  };
}

const unknown: LinkResult = { kind: 'refused', why: 'unknown' };

/** Whether a text is a token in its one canonical spelling: spare bits at the end would make two texts one. */
export function isToken(text: string): boolean {
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) return false;
  return Buffer.from(text, 'base64url').toString('base64url') === text;
}

async function read(
  db: Kysely<Database>,
  {
    token,
    purpose,
    at,
  }: { readonly token: string; readonly purpose: LinkPurpose; readonly at: number },
): Promise<LinkResult> {
  if (!isToken(token)) return unknown;
  const row = await db
    .selectFrom('one_time_links')
    .select(['subject', 'data', 'used_at', 'expires_at'])
    .where('token_hash', '=', hashOf(token))
    .where('purpose', '=', purpose)
    .executeTakeFirst();
  if (row === undefined) return unknown;
  if (row.used_at !== null) return { kind: 'refused', why: 'used' };
  return row.expires_at > at ? good(row) : { kind: 'refused', why: 'expired' };
}

function good({ subject, data }: { readonly subject: string; readonly data: string }): LinkResult {
  return { kind: 'good', subject, data: JSON.parse(data) };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
