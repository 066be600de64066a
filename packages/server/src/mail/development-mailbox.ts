import type { MailTransport, OutgoingMail } from './transport.ts';

/** A mail in the mailbox of development. */
export interface KeptMail {
  readonly id: string;
  readonly mail: OutgoingMail;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Takes mails instead of a server, and shows them: in development alone, and in the memory of this process. */
export interface DevelopmentMailbox extends MailTransport {
  /** The newest first, a hundred at most. */
  list(): readonly KeptMail[];
  find(id: string): KeptMail | null;
}

const mailsAtMost = 100;

export function createDevelopmentMailbox(now: () => number): DevelopmentMailbox {
  const kept: KeptMail[] = [];
  return {
    send(mail) {
      const [id = ''] = mail.messageId.split('@', 1);
      kept.unshift({ id, mail, at: now() });
      kept.length = Math.min(kept.length, mailsAtMost);
      return Promise.resolve({ kind: 'delivered' });
    },
    list: () => kept,
    find: (id) => kept.find((one) => one.id === id) ?? null,
  };
}
