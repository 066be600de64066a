import { type Family, LatchkeyError, type Platform } from '@latchkey/session';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { ServerErrorCode } from '../errors.ts';
import { createSealKeys } from '../family-keys.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { composeMail } from './compose.ts';
import { createDevelopmentMailbox, type DevelopmentMailbox } from './development-mailbox.ts';
import { createMailOutbox } from './mail-outbox.ts';
import { createMailQueue, type MailQueue } from './mail-queue.ts';
import { createSmtpTransport } from './smtp-transport.ts';
import type { MailTransport } from './transport.ts';

/** What {@link openMail} needs. */
export interface OpenMailDeps {
  readonly family: Family;
  readonly isDevelopment: boolean;
  readonly db: Kysely<Database>;
  readonly platform: Platform;
}

/** Mail of one login host. */
export interface Mail {
  readonly queue: MailQueue;
  /** Null where nothing is sent. */
  readonly outbox: Outbox | null;
  /** In development without a mail server; null in production, always. */
  readonly mailbox: DevelopmentMailbox | null;
}

/** For a whole try. */
const timeoutMilliseconds = 20_000;

/** Mail as the family's config has it: by its SMTP server, else in development into a mailbox, else none. */
export function openMail({ family, isDevelopment, db, platform }: OpenMailDeps): Mail {
  const { now, randomBytes, onEvent } = platform;
  const mailbox = isDevelopment && !family.mail?.smtp ? createDevelopmentMailbox(now) : null;
  const transport = mailbox ?? smtpOf(family);
  if (transport === null) return { queue: silentQueue, outbox: null, mailbox: null };
  const { hostname } = new URL(family.loginHost.origin);
  const from = family.mail?.from ?? { name: '', address: `login@${hostname}` };
  const keys = createSealKeys(family, 'mail');
  const outbox = createMailOutbox({
    db,
    keys,
    transport,
    compose: (mail, id) => composeMail({ ...family, from }, mail, id),
    timeoutMilliseconds,
    now,
    random: () => randomBytes(4).readUInt32BE() / 2 ** 32,
    onEvent,
  });
  const queue = createMailQueue({ keys, now, randomBytes, wake: () => outbox.wake() });
  return { queue, outbox, mailbox };
}

/** Nothing is written down that nobody would send. */
const silentQueue: MailQueue = {
  add: () => Promise.resolve('off'),
  pretend: () => Promise.resolve('off'),
  wake: () => undefined,
};

function smtpOf({ mail, loginHost }: Family): MailTransport | null {
  if (!mail?.smtp) return null;
  const { hostname: name } = new URL(loginHost.origin);
  return createSmtpTransport({ server: mail.smtp, name, timeoutMilliseconds });
}

/** Throws `mail_missing` where people register by links in mails and none could be sent. */
export function requireMail({
  family,
  isDevelopment,
}: Pick<OpenMailDeps, 'family' | 'isDevelopment'>): void {
  const { people, mail } = family;
  if (people.registration === 'closed' || isDevelopment || mail?.smtp) return;
  throw new LatchkeyError<ServerErrorCode>(
    'mail_missing',
    `people.registration is '${people.registration}', and people register by a link that is mailed to them: write mail: { from: 'Kittens <login@kittens.example>', smtp: 'smtps://user:password@mail.example:465' } in the family config, or registration: 'closed'.`,
  );
}
