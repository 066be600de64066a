import { mailboxPage } from '../pages/mailbox-page.ts';
import { messages } from '../pages/messages.ts';
import type { PageMaker } from '../pages/page.ts';
import type { DevelopmentMailbox } from './development-mailbox.ts';

export const mailboxPath = '/dev/mail';

/** What the mailbox of development needs. */
export interface MailboxRoutesDeps {
  readonly mailbox: DevelopmentMailbox;
  readonly page: PageMaker;
}

/** `GET /dev/mail`: what would have been sent, to whoever asks. Mounted in development alone. */
export function showMailbox({ mailbox, page }: MailboxRoutesDeps): Promise<Response> {
  const mails = mailbox.list().map(({ id, mail, at }) => ({
    href: `${mailboxPath}/${id}`,
    subject: mail.subject,
    to: mail.to,
    at,
  }));
  return page(mailboxPage(mails));
}

/** `GET /dev/mail/<id>`: the HTML part; with `/text` after it the text part. */
export async function showMail(
  { mailbox, page }: MailboxRoutesDeps,
  id: string,
  part: 'html' | 'text',
): Promise<Response> {
  const found = mailbox.find(id);
  if (found === null) return page(messages.notFound);
  return new Response(found.mail[part], {
    headers: {
      'content-type': `text/${part === 'html' ? 'html' : 'plain'}; charset=utf-8`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // A mail has its style inline, and nothing else of its own.
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    },
  });
}
