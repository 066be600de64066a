// Owns what the login host writes to people by mail: the queue in SQL, the texts in each language, delivery by SMTP, the
// mailbox of development. Why a mail is written, and the links in it, are left to the folder that adds it: it does so in
// the transaction that is the reason, so that there is no mail about what did not happen.

import type { Transaction } from 'kysely';
import { parseEmail } from '../accounts/email.ts';
import { createRowId } from '../database/row-id.ts';
import type { Database } from '../database/schema.ts';
import { takeAllowance } from './allowance.ts';
import { allowanceOf, type NewMail } from './message.ts';
import { sealMail } from './sealed-mail.ts';

/** Mails on their way. */
export interface MailQueue {
  /**
   * Writes a mail in the transaction that is the reason for it: from the commit on no crash loses it, and a rollback takes it
   * back. `limited`: this address had five mails within the last hour, and gets none; security mails, and what others set off, are
   * counted apart (`allowanceOf`). `off`: this login host writes no mails. Locks the row of the address until the transaction ends:
   * who adds several sorts them by address.
   */
  add(transaction: Transaction<Database>, mail: NewMail): Promise<'queued' | 'limited' | 'off'>;
  /**
   * Does the same work for an address that nobody shall be written to, and sends nothing: so the time taken does not tell who has an
   * account. The row says `nobody`.
   */
  pretend: MailQueue['add'];
  /** Mails may be due: call it after the commit. They are sent without it too, within seconds. */
  wake(): void;
}

/** What {@link createMailQueue} needs. */
export interface MailQueueDeps {
  /** Keys of 32 bytes, newest first, for what is in a mail: links among it. */
  readonly keys: readonly Buffer[];
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
  /** Looks for mails that are due. Default nothing. */
  readonly wake?: () => void;
}

export function createMailQueue(deps: MailQueueDeps): MailQueue {
  const { keys, now, randomBytes, wake = () => undefined } = deps;
  const write = async (
    transaction: Transaction<Database>,
    { to, language, message }: NewMail,
    isSent: boolean,
  ): Promise<'queued' | 'limited'> => {
    const address = parseEmail(to);
    if (address === null) throw new Error('A mail has no address that can be written to.');
    if ('link' in message && !isWebLink(message.link)) throw new Error('A mail has no link.');
    const at = now();
    const recipient = address.key;
    const { kind } = message;
    const mayBeSent = await takeAllowance(transaction, recipient, {
      kind: allowanceOf(kind),
      now: at,
    });
    if (!mayBeSent) return 'limited';
    const id = createRowId(randomBytes);
    const payload = sealMail({ to: address.email, language, message }, { id, keys, randomBytes });
    await transaction
      .insertInto('mails')
      .values({
        ...(isSent ? waiting : settledFor(at)),
        id,
        recipient,
        kind,
        payload: isSent ? payload : null,
        next_attempt_at: at,
        created_at: at,
      })
      .execute();
    return 'queued';
  };
  return {
    add: (transaction, mail) => write(transaction, mail, true),
    pretend: (transaction, mail) => write(transaction, mail, false),
    wake,
  };
}

const waiting = {
  state: 'waiting',
  attempts: 0,
  leased_until: 0,
  claimed_by: null,
  last_result: null,
  settled_at: null,
} as const;

/** To nobody: settled when it is written. */
function settledFor(at: number) {
  return { ...waiting, state: 'dead', last_result: 'nobody', settled_at: at } as const;
}

/** What stands in an `href`: nothing that runs. */
function isWebLink(link: string): boolean {
  return /^https?:\/\//.test(link) && URL.canParse(link);
}
