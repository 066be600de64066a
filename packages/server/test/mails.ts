import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Database } from '../src/database/schema.ts';
import { createMailQueue, type MailQueue } from '../src/mail/mail-queue.ts';
import type { NewMail } from '../src/mail/message.ts';
import type { OutgoingMail } from '../src/mail/transport.ts';

export const mailKeys: readonly Buffer[] = [Buffer.alloc(32, 1)];

/** A mail that says of which kind it is and nothing else. */
export async function composeBare(
  { to, language, message }: NewMail,
  id: string,
): Promise<OutgoingMail> {
  const from = { name: 'Kittens', address: 'login@kittens.example' };
  const { kind } = message;
  const texts = { subject: kind, text: kind, html: `<p>${kind}</p>` };
  return { messageId: `${id}@login.example`, from, to, language: language ?? 'en', ...texts };
}

/** Puts a mail with a link into the queue, to `<name>@kittens.example`. */
export function queueMail(
  { db, now }: { readonly db: Kysely<Database>; readonly now: () => number },
  name: string,
): ReturnType<MailQueue['add']> {
  const queue = createMailQueue({ keys: mailKeys, now, randomBytes });
  const message = { kind: 'reset-password', link: 'https://login.example/x' } as const;
  const mail = { to: `${name}@kittens.example`, language: 'en', message } as const;
  return db.transaction().execute((transaction) => queue.add(transaction, mail));
}
