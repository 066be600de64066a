import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { languages } from '../pages/languages/choose-language.ts';
import { composeMail, type MailLook } from './compose.ts';
import type { MailKind, MailMessage } from './message.ts';
import { oneLine } from './one-line.ts';

const brand: MailLook['brand'] = {
  logo: null,
  logoDark: null,
  color: '#0b6e4f',
  favicon: null,
  terms: null,
  privacy: null,
  support: null,
};
const look: MailLook = {
  name: 'Kittens & Co.',
  brand,
  loginHost: { origin: 'https://login.kittens.example' } as MailLook['loginHost'],
  from: { name: '', address: 'login@kittens.example' },
};
const link = 'https://login.kittens.example/x?token=abc&then=%2F';
const at = Date.UTC(2026, 10, 29, 12);

/** One of each kind, with `text` wherever people write something. */
function messages(text: string): readonly MailMessage[] {
  const person = { name: text, email: 'ada@kittens.example' };
  return [
    { kind: 'confirm-registration', link },
    { kind: 'already-registered', link },
    { kind: 'invitation', link, invitedBy: text },
    { kind: 'invitation', link, invitedBy: null },
    { kind: 'reset-password', link },
    { kind: 'confirm-new-email', link },
    { kind: 'confirm-old-email', link, newEmail: text },
    { kind: 'account-approved', link },
    { kind: 'account-denied', reason: text },
    { kind: 'account-denied', reason: null },
    { kind: 'account-waiting', link, others: 2, ...person },
    { kind: 'access-waiting', link, app: text, reason: text, ...person },
    { kind: 'access-granted', link, app: text },
    { kind: 'access-denied', app: text, reason: text },
    { kind: 'new-device', link, device: text, place: text, at },
    { kind: 'new-device', link, device: text, place: '', at },
    { kind: 'password-changed', link, at },
    { kind: 'email-changed', link, newEmail: text, at },
  ];
}

const compose = (message: MailMessage, language: 'en' | 'de' = 'en') =>
  composeMail(look, { to: 'ada@kittens.example', language, message }, 'one');

describe('a mail', () => {
  test.each(messages('Zz'))(
    'of kind $kind says the same in both parts, in every language',
    async (message) => {
      const texts = await Promise.all(
        languages.map(({ tag }) => compose(message, tag as 'en' | 'de')),
      );
      for (const { subject, text, html } of texts) {
        const plain = html.replaceAll('&amp;', '&').replaceAll('&quot;', '"');
        const lines = text.split('\n').filter((line) => line !== '' && line !== '-- ');
        for (const line of lines) {
          const parts = /^[^:]{1,20}: /.test(line) ? line.split(/: (.*)/, 2) : [line];
          for (const part of parts) expect(plain).toContain(part);
        }
        expect(subject).not.toBe('');
        if ('link' in message) expect(text).toContain(`\n${link}\n`);
        if ('link' in message) expect(html).toContain(`href="${link.replaceAll('&', '&amp;')}"`);
      }
      const [english, german] = texts;
      expect(english?.subject).not.toBe(german?.subject);
      expect(german?.html).toContain('<html lang="de">');
    },
  );

  test('of every kind there is', () => {
    const kinds = new Set<MailKind>(messages('').map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(Object.keys(languages[0]?.mails.kinds ?? {}).sort());
  });

  test('comes from the family and wears its name and colour, and no picture to count who opens it', async () => {
    const mail = await compose({ kind: 'reset-password', link });
    expect(mail.from).toEqual({ name: 'Kittens & Co.', address: 'login@kittens.example' });
    expect(mail.messageId).toBe('one@login.kittens.example');
    expect(mail.html).toContain('Kittens &amp; Co.');
    expect(mail.html).toContain('#0b6e4f');
    expect(mail.html).not.toMatch(/<img|<link|url\(|<script/i);
  });

  test('in a language that we have not is in English', async () => {
    const message: MailMessage = { kind: 'reset-password', link };
    const mail = { to: 'ada@kittens.example', language: 'tlh' as 'en', message };
    expect((await composeMail(look, mail, 'one')).language).toBe('en');
  });
});

describe('what people wrote', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 600 }),
    fc
      .array(
        fc.constantFrom(
          ...[
            '\r\nBcc: eve@evil.example',
            '\n\n',
            '<script>',
            '"',
            "'",
            '&',
            '<a href=x>',
            '</td>',
          ],
          ...['\u202e', '\u2066', '\u200b', '\u2028', '\0', '\ud800', 'x'.repeat(200)],
        ),
      )
      .map((parts) => parts.join('')),
  );

  test('is one line in mails: no header, no paragraph, no other direction (CVE-2022-31127)', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (written) => {
        const harmless = messages('Zz');
        for (const [index, message] of messages(written).entries()) {
          const mail = await compose(message);
          const other = await compose(harmless[index] ?? message);
          expect([...mail.subject].length).toBeLessThanOrEqual(120);
          expect(mail.subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
          expect(mail.text).not.toMatch(/[\u2028\u2029\u202a-\u202e\u2066-\u2069\0\r]/);
          expect(mail.html.match(/<[a-z!/]/gi)).toEqual(other.html.match(/<[a-z!/]/gi));
        }
      }),
      { numRuns: 30 },
    );
  });

  test('is bounded, and bounding it takes no longer for a long text', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 300 }), (text, most) => {
        const line = oneLine(text, most);
        expect([...line].length).toBeLessThanOrEqual(most);
        expect(line).toBe(line.trim());
        expect(oneLine(line, most)).toBe(line);
      }),
    );
    expect(oneLine('é'.repeat(10_000_000), 3)).toBe('éé…');
    expect(oneLine('two\r\n lines\u202e', 20)).toBe('two lines');
  });
});
