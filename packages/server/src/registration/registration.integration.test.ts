import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openMails } from '../../test/open-mails.ts';
import { pairsOf, type RunningLoginHost, startLoginHost } from '../../test/running-login-host.ts';
import { confirmSeconds } from './registrations.ts';

const password = 'zebra oven lamp on a hill';
const email = 'lea@kittens.example';

let host: RunningLoginHost;
beforeEach(async () => {
  host = await startLoginHost(undefined, { registration: 'open', approval: 'automatic' });
});
afterEach(() => host.close());

const restart = async (people: Parameters<typeof startLoginHost>[1]): Promise<void> => {
  await host.close();
  host = await startLoginHost(undefined, people);
};
const ask = (address = email, headers: Readonly<Record<string, string>> = {}) =>
  host.post('/register', { email: address, return_to: '' }, headers);
const german = { 'accept-language': 'de' };

/** The path of the last link that was sent to an address. */
async function lastLink(to = email): Promise<string> {
  const message = (await openMails(host, to)).at(-1)?.message;
  const link = message !== undefined && 'link' in message ? message.link : '';
  return link.slice(host.origin.length);
}

const tokenIn = (path: string) => new URL(path, host.origin).searchParams.get('token') ?? '';

async function linkFor(address = email): Promise<string> {
  expect((await ask(address)).status).toBe(200);
  return lastLink(address);
}

const finish = (
  path: string,
  changes: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
) =>
  host.post(
    '/register/confirm',
    { token: tokenIn(path), name: 'Lea', password, ...changes },
    headers,
  );
const accounts = (address = email) =>
  host.rows(`select name, state from accounts where email_key = '${address}'`);

describe('asking for an account', () => {
  test('shows a form without a script, in the language of the browser', async () => {
    const english = await host.ask('/register');
    expect(english).toMatchObject({ status: 200 });
    expect(english.text).toContain('Create an account');
    const { text, headers } = await host.ask('/register', { headers: german });
    expect(text).toContain('Konto anlegen');
    expect(headers.get('content-language')).toBe('de');
  });

  test('is offered where people sign in, and leads back to where they were going', async () => {
    const { text } = await host.ask('/sign-in?return_to=/devices');
    expect(text).toContain('href="/register?return_to=%2Fdevices"');
  });

  test('shows the same page, status and headers for who has an account and who has none', async () => {
    const unknown = await ask();
    const known = await ask('ben@kittens.example');
    const same = (text: string, address: string) => text.replaceAll(address, 'ADDRESS');
    expect(known.status).toBe(unknown.status);
    expect(known.cookies).toEqual(unknown.cookies);
    expect(same(known.text, 'ben@kittens.example')).toBe(same(unknown.text, email));
    expect((await openMails(host)).map(({ message }) => message.kind)).toEqual([
      'confirm-registration',
      'already-registered',
    ]);
  });

  test('writes the mail in the language of the page', async () => {
    await ask(email, german);
    expect(await openMails(host)).toMatchObject([{ language: 'de', to: email }]);
  });

  test.each([
    ['no address', { return_to: '' }],
    ['a field that the form does not have', { email, return_to: '', administrator: '1' }],
    ['a name and a password, which come later', { email, return_to: '', name: 'x', password }],
  ])('with %s is refused', async (_what, fields) => {
    expect((await host.post('/register', fields)).status).toBe(400);
    expect(await openMails(host)).toEqual([]);
  });

  test('with an address twice is refused, and neither gets a mail', async () => {
    const body = `email=${email}&email=eve@evil.example&return_to=`;
    const type = 'application/x-www-form-urlencoded';
    const headers = { 'content-type': type, origin: host.origin };
    expect((await host.ask('/register', { method: 'POST', body, headers })).status).toBe(400);
    expect(await openMails(host)).toEqual([]);
  });

  test('asked for by another site does nothing', async () => {
    const answer = await ask(email, { origin: 'https://evil.example' });
    expect(answer.status).toBe(403);
    expect(await openMails(host)).toEqual([]);
  });

  test('says beside the field what is wrong with an address, which it shows escaped', async () => {
    const { status, text } = await ask('"><script>alert(1)</script>@evil.example');
    expect(status).toBe(422);
    expect(text).toContain('This is not an address that mail can be sent to.');
    expect(text).not.toContain('<script>alert');
    expect(text).toContain('aria-invalid="true"');
  });

  test('is bounded for one client, whatever the addresses', async () => {
    for (let person = 0; person < 20; person += 1) {
      expect((await ask(`person-${person}@kittens.example`)).status).toBe(200);
    }
    const answer = await ask();
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(60);
    const told = host.events.filter(({ type }) => type === 'registration.limited');
    expect(told).toHaveLength(1);
    expect(await openMails(host)).toHaveLength(20);
  });

  test('leads nowhere outside of the family', async () => {
    for (const outside of ['https://evil.example/', '//evil.example', 'javascript:alert(1)']) {
      const query = new URLSearchParams({ return_to: outside });
      expect((await host.ask(`/register?${query}`)).status).toBe(400);
      expect((await host.post('/register', { email, return_to: outside })).status).toBe(400);
    }
  });

  test.each([
    ['closed', 'Accounts are made by the administrators'],
    ['invitation', 'people who were invited'],
  ] as const)(
    'where registration is %s says so, and sends nothing',
    async (registration, words) => {
      await restart({ registration });
      const shown = await host.ask('/register');
      expect(shown.status).toBe(403);
      expect(shown.text).toContain(words);
      expect((await ask()).status).toBe(403);
      expect(await openMails(host)).toEqual([]);
      expect((await host.ask('/sign-in')).text).not.toContain('/register');
    },
  );
});

describe('the link in the mail', () => {
  test('opens a form and makes nothing, however often a scanner follows it', async () => {
    const link = await linkFor();
    for (const method of ['GET', 'HEAD', 'GET', 'GET']) {
      expect((await host.ask(link, { method })).status).toBe(200);
    }
    expect(await accounts()).toEqual([]);
    expect((await finish(link)).status).toBe(303);
    expect(await accounts()).toEqual([{ name: 'Lea', state: 'active' }]);
  });

  test('shows whose account it will be, with fields that password managers know', async () => {
    const { text } = await host.ask(await linkFor());
    expect(text).toContain(`<strong>${email}</strong>`);
    expect(text).toContain('autocomplete="new-password"');
    expect(text).toContain('autocomplete="username"');
  });

  test('signs the person in, in any browser, with another password than anybody asked for', async () => {
    const answer = await finish(await linkFor());
    expect(answer.location).toBe(`${host.origin}/`);
    const { text } = await host.ask('/', { headers: { cookie: pairsOf(answer.cookies) } });
    expect(text).toContain('Hello Lea');
  });

  test('leads the browser that asked on to where it was going, and no other one', async () => {
    const shown = await host.ask('/register?return_to=/devices');
    const cookie = pairsOf(shown.cookies);
    await host.post('/register', { email, return_to: '/devices' }, { cookie });
    expect((await finish(await lastLink(), {}, { cookie })).location).toBe(
      `${host.origin}/devices`,
    );
    const other = 'kim@kittens.example';
    await host.post('/register', { email: other, return_to: '/devices' }, { cookie });
    expect((await finish(await lastLink(other))).location).toBe(`${host.origin}/`);
  });

  test('used twice says that the account is there, and changes nothing', async () => {
    const link = await linkFor();
    await finish(link);
    expect((await host.ask(link)).status).toBe(410);
    const again = await finish(link, { name: 'Eve', password: 'another oven on a hill' });
    expect(again.status).toBe(410);
    expect(again.text).toContain('This link was used before');
    expect(await accounts()).toEqual([{ name: 'Lea', state: 'active' }]);
  });

  test('too old, not known or cut off says so with a way on', async () => {
    const link = await linkFor();
    host.advance(confirmSeconds * 1000);
    for (const answer of [await host.ask(link), await finish(link)]) {
      expect(answer.status).toBe(410);
      expect(answer.text).toContain('This link is too old');
      expect(answer.text).toContain('href="/register"');
    }
    for (const path of ['/register/confirm', '/register/confirm?token=x', `${link}x`]) {
      expect((await host.ask(path)).status).toBe(404);
    }
    expect((await host.ask(`${link}&token=y`)).status).toBe(400);
  });

  test('says beside the field what is wrong, keeps the name, and works on', async () => {
    const link = await linkFor();
    const short = await finish(link, { name: 'L<b>e</b>a', password: 'short' });
    expect(short.status).toBe(422);
    expect(short.text).toContain('The password is too short.');
    expect(short.text).toContain('value="L&lt;b&gt;e&lt;/b&gt;a"');
    expect(short.text).not.toContain('value="short"');
    const common = await finish(link, { password: 'lea@kittens.example' });
    expect(common.text).toContain('easy to guess');
    expect((await finish(link)).status).toBe(303);
  });

  test('asked for by another site, or with other fields, makes no account', async () => {
    const link = await linkFor();
    expect((await finish(link, {}, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await finish(link, { email: 'ben@kittens.example' })).status).toBe(400);
    expect((await finish(link, { state: 'active' })).status).toBe(400);
    expect(await accounts()).toEqual([]);
  });

  // CVE-2022-31127 (next-auth): markup in what people are called, in a mail to somebody else.
  test('CVE-2022-31127: a name with markup is text wherever it is shown', async () => {
    const name = '<img src=x onerror=alert(1)> & "Lea"';
    const answer = await finish(await linkFor(), { name });
    const { text } = await host.ask('/', { headers: { cookie: pairsOf(answer.cookies) } });
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(text).not.toContain('<img src=x');
  });
});

describe('where an administrator approves', () => {
  beforeEach(() => restart({ registration: 'open' }));

  test('the person is told that they wait, is not signed in, and sees it with the right password alone', async () => {
    const answer = await finish(await linkFor());
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('Almost there');
    expect(await accounts()).toEqual([{ name: 'Lea', state: 'pending' }]);
    const { text } = await host.ask('/', { headers: { cookie: pairsOf(answer.cookies) } });
    expect(text).not.toContain('Lea');
    const right = await host.post('/sign-in', { email, password }, german);
    expect(right.status).toBe(403);
    expect(right.text).toContain('wartet auf Freigabe');
    expect(right.cookies.filter((line) => line.includes('_login='))).toEqual([]);
    expect((await host.post('/sign-in', { email, password: 'wrong' })).status).toBe(401);
  });

  test('the app that the person came from is asked for, and named on every page of the way', async () => {
    const returnTo = `${host.family.apps.get('toys')?.origin}/private`;
    const shown = await host.ask(`/register?${new URLSearchParams({ return_to: returnTo })}`);
    expect(shown.text).toContain('Create an account for Toys');
    await host.post('/register', { email, return_to: returnTo });
    const link = await lastLink();
    expect((await host.ask(link)).text).toContain('access to <strong>Toys</strong>');
    const long = await finish(link, { reason: 'x'.repeat(501) });
    expect(long.status).toBe(422);
    expect(long.text).toContain('Write at most 500 characters.');
    expect((await finish(link, { reason: '<b>I sell</b>' })).text).toContain('<dd>Toys</dd>');
    expect((await host.post('/sign-in', { email, password })).text).toContain('<dd>Toys</dd>');
    expect(await host.rows('select app, reason, state from access_requests')).toEqual([
      { app: 'toys', reason: '<b>I sell</b>', state: 'waiting' },
    ]);
    const ada = await host.signIn('ada');
    const approvals = async () => (await host.ask('/approvals', { headers: { cookie: ada } })).text;
    expect(await approvals()).not.toContain('I sell');
    const id = String(
      (await host.rows(`select id from accounts where email_key = '${email}'`))[0]?.['id'],
    );
    await host.post('/approvals/account', { id, act: 'approve' }, { cookie: ada });
    expect(await approvals()).toContain('&lt;b&gt;I sell&lt;/b&gt;');
  });

  test('administrators get one mail', async () => {
    await finish(await linkFor());
    await finish(await linkFor('kim@kittens.example'));
    await expect
      .poll(async () =>
        (await openMails(host, 'ada@kittens.example')).map(({ message }) => message.kind),
      )
      .toEqual(['account-waiting']);
  });
});
