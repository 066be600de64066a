import type { Catalogue } from '../pages/languages/en.ts';
import type { MailWords } from '../pages/languages/mail-words.ts';
import type { MailMessage } from './message.ts';
import { oneLine } from './one-line.ts';

const maxValue = 300;

/** What a mail says in a language. What people wrote in it is one line each, whatever they wrote. */
export function wordsOf(t: Catalogue, message: MailMessage, family: string): MailWords {
  const { kinds } = t.mails;
  const clean = (text: string): string => oneLine(text, maxValue);
  const cleanOrNull = (text: string | null): string | null => (text === null ? null : clean(text));
  switch (message.kind) {
    case 'confirm-registration':
    case 'already-registered':
    case 'reset-password':
    case 'confirm-new-email':
    case 'account-approved':
      return kinds[message.kind](family);
    case 'invitation':
      return kinds.invitation(family, cleanOrNull(message.invitedBy));
    case 'confirm-old-email':
      return kinds['confirm-old-email'](family, clean(message.newEmail));
    case 'account-denied':
      return kinds['account-denied'](family, cleanOrNull(message.reason));
    case 'account-waiting':
      return kinds['account-waiting'](family, {
        name: clean(message.name),
        email: clean(message.email),
        others: message.others,
      });
    case 'access-waiting': {
      const [app, name] = [clean(message.app), clean(message.name)];
      const [email, reason] = [clean(message.email), oneLine(message.reason, 500)];
      return kinds['access-waiting'](family, { app, name, email, reason });
    }
    case 'access-granted':
      return kinds['access-granted'](family, clean(message.app));
    case 'access-denied':
      return kinds['access-denied'](family, clean(message.app), cleanOrNull(message.reason));
    case 'new-device': {
      const place = message.place === '' ? t.devices.unknownPlace : clean(message.place);
      const when = t.formats.instant(message.at);
      return kinds['new-device'](family, { device: clean(message.device), place, when });
    }
    case 'password-changed':
      return kinds['password-changed'](family, t.formats.instant(message.at));
    case 'email-changed':
      return kinds['email-changed'](family, clean(message.newEmail), t.formats.instant(message.at));
  }
}
