import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasCode } from '../errors.ts';
import { resolveMail } from './mail-settings.ts';

const from = 'Kittens <login@kittens.example>';

test.each([
  [from, { name: 'Kittens', address: 'login@kittens.example' }],
  [
    '"Kittens & Co." <login@kittens.example>',
    { name: 'Kittens & Co.', address: 'login@kittens.example' },
  ],
  ['Kätzchen<login@kittens.example>', { name: 'Kätzchen', address: 'login@kittens.example' }],
  ['login@kittens.example', { name: '', address: 'login@kittens.example' }],
  ['<login@kittens.example>', { name: '', address: 'login@kittens.example' }],
])('mails come from %j', (text, sender) => {
  expect(resolveMail({ from: text })).toEqual({ from: sender, smtp: null });
});

test.each([
  'Kittens',
  '',
  'a@kittens.example, b@kittens.example',
  'Kittens <a@kittens.example> <b@kittens.example>',
  'Kittens\r\nBcc: eve@evil.example <login@kittens.example>',
  'Kittens <login@kittens.example\r\nBcc: eve@evil.example>',
  'nettiK\u202e <login@kittens.example>',
  'Kittens, Inc <login@kittens.example>',
  'login@localhost',
  'login@192.0.2.1',
  `${'a'.repeat(65)}@kittens.example`,
  `${'a'.repeat(101)} <login@kittens.example>`,
  7,
])('mails from %j are refused', (text) => {
  expect(codeOf(() => resolveMail({ from: text as string }))).toBe('option_invalid');
});

const login = { user: 'user@kittens', password: 'p:a/s s' };

test.each([
  ['smtps://mail.example', { host: 'mail.example', port: 465, tls: 'implicit', login: null }],
  ['smtp://mail.example', { host: 'mail.example', port: 587, tls: 'required', login: null }],
  ['smtp://mail.example:25/', { host: 'mail.example', port: 25, tls: 'required', login: null }],
  ['smtp://relay:25?tls=off', { host: 'relay', port: 25, tls: 'off', login: null }],
  ['smtp://[2001:db8::1]:25', { host: '2001:db8::1', port: 25, tls: 'required', login: null }],
  [
    'smtps://user%40kittens:p%3Aa%2Fs%20s@mail.example:4650',
    { host: 'mail.example', port: 4650, tls: 'implicit', login },
  ],
])('%s is a server', (smtp, server) => {
  expect(resolveMail({ from, smtp }).smtp).toEqual(server);
});

test.each([
  'mail.example',
  'https://mail.example',
  'smtp:mail.example',
  'smtp://',
  'smtp://mail.example/path',
  'smtp://mail.example?tls=no',
  'smtp://mail.example?tls=off&x=1',
  'smtps://mail.example?tls=off',
  'smtp://user:PASSWORD@mail.example?tls=off',
  'smtp://user@mail.example',
  'smtp://:PASSWORD@mail.example',
  'smtp://user:PASSWORD%zz@mail.example',
  'smtp://mail.example#x',
])('%s is refused, and the message shows no password', (smtp) => {
  let message = '';
  try {
    resolveMail({ from, smtp });
  } catch (error) {
    expect(hasCode(error, 'option_invalid')).toBe(true);
    message = String(error);
  }
  expect(message).toContain('mail.smtp');
  expect(message).not.toContain('PASSWORD');
});

test('a misspelt option is refused', () => {
  expect(codeOf(() => resolveMail({ from, smpt: 'smtp://x' } as never))).toBe('option_invalid');
});

test('whatever text it is, a sender has one address and no character that ends a header', () => {
  const parts = fc.constantFrom(
    'a',
    '@',
    '<',
    '>',
    ',',
    '\r\n',
    ' ',
    '"',
    '.example',
    '\u202e',
    ';',
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      if (codeOf(() => resolveMail({ from: text })) !== null) return;
      const { name, address } = resolveMail({ from: text }).from;
      expect(`${name}${address}`).not.toMatch(/[\r\n\u202e<>,]/);
      expect(address.split('@')).toHaveLength(2);
    }),
  );
});

function codeOf(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return hasCode(error, 'option_invalid') ? 'option_invalid' : String(error);
  }
}
