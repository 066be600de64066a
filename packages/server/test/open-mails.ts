import { createSealKeys } from '../src/family-keys.ts';
import type { NewMail } from '../src/mail/message.ts';
import { openMail } from '../src/mail/sealed-mail.ts';
import { isOnPostgres } from './databases.ts';
import type { RunningLoginHost } from './running-login-host.ts';

/** The mails of a login host that are not delivered yet, in the order in which they were written. */
export async function openMails(
  { family, rows }: RunningLoginHost,
  to?: string,
): Promise<readonly NewMail[]> {
  const keys = createSealKeys(family, 'mail');
  const found = await rows(
    `select id, payload from mails where payload is not null order by ${isOnPostgres ? 'ctid' : 'rowid'}`,
  );
  return found.flatMap(({ id, payload }) => {
    const mail = openMail(String(payload), { id: String(id), keys });
    return mail === null || (to !== undefined && mail.to !== to) ? [] : [mail];
  });
}
