import { createHash } from 'node:crypto';
import type { Family } from '@latchkey/session';
import { seal, unseal } from '@latchkey/session/parts';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { createSealKeys } from '../family-keys.ts';

/** A sign-out that an app made, as its ticket says. */
export interface TakenTicket {
  readonly accountId: string;
  /** The sign-in that it ended. */
  readonly signInId: string;
  /** When that ended: milliseconds since 1970. */
  readonly moment: number;
}

/**
 * What the login host gives for a sign-out that an app asked for, server to server; the browser brings it. Of no power
 * elsewhere: it says which sign-ins of the browser that brings it end too. Sealed under a key that no app has, good for
 * {@link ticketMilliseconds} after the ending, and once.
 */
export interface Tickets {
  /** For a sign-in that ended just now; null for one that is live, ended longer ago or is not known. */
  issue(signInId: string): Promise<string | null>;
  /** Takes a ticket, once; null for what is none, ran out or was taken. Never rejects because of the text. */
  take(ticket: string): Promise<TakenTicket | null>;
}

export interface TicketsDeps {
  readonly db: Kysely<Database>;
  readonly family: Pick<Family, 'secrets' | 'realm'>;
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
}

/** Milliseconds from the ending until its ticket runs out. */
export const ticketMilliseconds = 60_000;
/** Milliseconds that the clocks of several login hosts may differ. */
const skewMilliseconds = 5_000;
const purpose = 'latchkey sign-out ticket';
const maxCharacters = 512;

export function createTickets({ db, family, now, randomBytes }: TicketsDeps): Tickets {
  const keys = createSealKeys(family, 'sign-out ticket');
  return {
    async issue(signInId) {
      const row = await db
        .selectFrom('sign_ins')
        .select(['account_id', 'ended_at'])
        .where('id', '=', signInId)
        .executeTakeFirst();
      const moment = row?.ended_at ?? null;
      if (row === undefined || moment === null) return null;
      if (!isFresh(moment, now())) return null;
      const facts = [randomBytes(16).toString('base64url'), row.account_id, signInId, moment];
      return seal({ keys, purpose }, facts.join('\n'), randomBytes);
    },
    async take(ticket) {
      const [id, accountId, signInId, at] = factsOf(keys, ticket);
      if (!id || !accountId || !signInId || !isFresh(Number(at), now())) return null;
      const moment = Number(at);
      return (await takeOnce(db, id, moment)) ? { accountId, signInId, moment } : null;
    },
  };
}

function isFresh(moment: number, now: number): boolean {
  return now - moment < ticketMilliseconds && moment - now <= skewMilliseconds;
}

function factsOf(keys: readonly Buffer[], ticket: string): readonly (string | undefined)[] {
  if (ticket.length > maxCharacters) return [];
  const opened = unseal({ keys, purpose }, ticket);
  return opened.kind === 'opened' ? opened.plain.toString().split('\n') : [];
}

/** Kept beside the provider's records, where the sweep drops it when the ticket could not be shown any more. */
async function takeOnce(db: Kysely<Database>, id: string, moment: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('oidc_records')
    .values({
      kind: 'SignOutTicket',
      id_hash: createHash('sha256').update(id).digest('base64url'),
      payload: '{}',
      grant_id: null,
      user_code: null,
      uid: null,
      sign_in_id: null,
      consumed_at: null,
      expires_at: moment + ticketMilliseconds + skewMilliseconds,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}
