import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recordStatements } from '../../test/record-statements.ts';
import {
  goodPassword,
  openRegistrationDesk,
  type RegistrationDesk,
} from '../../test/registration-desk.ts';
import { fromNowhere } from './origin.ts';
import { confirmSeconds, type FinishedRegistration, type FinishResult } from './registrations.ts';

const ben = 'ben@kittens.example';
const origin = 'https://login.kittens.example';

let desk: RegistrationDesk;
beforeEach(async () => {
  desk = await openRegistrationDesk();
});
afterEach(() => desk.host.close());

const ask = (email: string, more: { readonly language?: 'en' | 'de' } = {}) =>
  desk.registrations.ask({ email, language: 'en', from: fromNowhere, ...more });
const accounts = () => desk.host.db.selectFrom('accounts').selectAll().execute();

function finish(
  token: string,
  changes: Partial<Omit<FinishedRegistration, 'link'>> = {},
): Promise<FinishResult> {
  const link = { token, purpose: 'confirm-registration' } as const;
  const filledIn = { name: 'Ben', password: goodPassword, reason: '', language: 'en' } as const;
  return desk.registrations.finish({ link, ...filledIn, ...changes });
}

const refusedAs = (why: string) => ({ kind: 'refused', why });

describe('asking for an account', () => {
  test('sends a link to the address, and makes no account', async () => {
    expect(await ask(' Ben@Kittens.Example ', { language: 'de' })).toBe('asked');
    expect(await desk.mailbox()).toEqual([
      {
        to: 'Ben@Kittens.Example',
        language: 'de',
        message: {
          kind: 'confirm-registration',
          link: expect.stringMatching(`^${origin}/register/confirm\\?token=[A-Za-z0-9_-]{43}$`),
        },
      },
    ]);
    expect(await accounts()).toEqual([]);
  });

  test('with the address of an account tells its owner by mail, and the one who asks nothing', async () => {
    await desk.host.person('ben');
    expect(await ask('BEN@kittens.example')).toBe('asked');
    const message = { kind: 'already-registered', link: `${origin}/sign-in` };
    expect(await desk.mailbox()).toMatchObject([{ to: 'BEN@kittens.example', message }]);
  });

  test.each(['', 'ben', 'ben@localhost', 'ben@kittens.example\r\nBcc: eve@evil.example'])(
    'with %j writes nothing',
    async (email) => {
      expect(await ask(email)).toBe('email-invalid');
      expect(await desk.mailbox()).toEqual([]);
    },
  );

  // CVE-2022-35924 (next-auth): one request, a link for each of two addresses.
  test.each([
    'ben@kittens.example,eve@evil.example',
    'ben@kittens.example;eve@evil.example',
    'ben@kittens.example eve@evil.example',
    '<ben@kittens.example>eve@evil.example',
    'eve@evil.example\u0000@kittens.example',
    'ben@kittens.example\uFF0Ceve@evil.example',
  ])('CVE-2022-35924: %j is not two addresses, and not one', async (email) => {
    expect(await ask(email)).toBe('email-invalid');
    expect(await desk.mailbox()).toEqual([]);
  });

  test('is for the domains of the config alone, where there are any', async () => {
    await desk.host.close();
    desk = await openRegistrationDesk({ registration: 'open', domains: ['kittens.example'] });
    expect(await ask(ben)).toBe('asked');
    for (const other of [
      'ben@puppies.example',
      'ben@sub.kittens.example',
      'ben@kittens.example.evil.example',
    ]) {
      expect(await ask(other)).toBe('domain-refused');
    }
    expect(await desk.mailbox()).toHaveLength(1);
  });

  test('is for nobody where registration is not open', async () => {
    for (const registration of ['closed', 'invitation'] as const) {
      await desk.host.close();
      desk = await openRegistrationDesk({ registration });
      expect(await ask(ben)).toBe('domain-refused');
    }
  });

  test('more often than mails are sent leaves the last link that was sent as it is', async () => {
    for (let time = 0; time < 9; time += 1) expect(await ask(ben)).toBe('asked');
    expect(await desk.mailbox()).toHaveLength(5);
    expect(await finish(await desk.token(ben))).toMatchObject({ kind: 'registered' });
  });

  test('runs the same statements for who has an account and who has none, and writes one mail', async () => {
    await desk.host.person('ada');
    const known = await recordStatements(() => ask('ada@kittens.example'));
    const unknown = await recordStatements(() => ask(ben));
    expect(known).toEqual(unknown);
    expect(known.length).toBeGreaterThan(3);
    expect(await desk.mailbox()).toHaveLength(2);
    expect(desk.hashes()).toBe(0);
  });
});

describe('finishing by the link', () => {
  test('makes an account that waits, of an address that is confirmed', async () => {
    await ask('Ben@kittens.example');
    const result = await finish(await desk.token('Ben@kittens.example'), { language: 'de' });
    expect(result).toMatchObject({
      kind: 'registered',
      account: {
        email: 'Ben@kittens.example',
        name: 'Ben',
        state: 'pending',
        isAdministrator: false,
      },
    });
    expect(await accounts()).toMatchObject([
      { email_key: ben, email_confirmed_at: desk.host.clock.now(), locale: 'de' },
    ]);
    expect(await desk.host.accounts.provePassword(ben, goodPassword)).toMatchObject({
      kind: 'refused',
      why: 'pending',
    });
  });

  test('makes an active account where nobody has to approve', async () => {
    await desk.host.close();
    desk = await openRegistrationDesk({ registration: 'open', approval: 'automatic' });
    expect(await desk.register('ben')).toMatchObject({ account: { state: 'active' } });
    expect(await desk.host.accounts.provePassword(ben, goodPassword)).toMatchObject({
      kind: 'proved',
    });
  });

  test('is done once, also by twenty at a time', async () => {
    await ask(ben);
    const token = await desk.token(ben);
    const results = await Promise.all(Array.from({ length: 20 }, () => finish(token)));
    expect(results.filter(({ kind }) => kind === 'registered')).toHaveLength(1);
    expect(
      results.filter((result) => result.kind === 'refused' && result.why === 'used'),
    ).toHaveLength(19);
    expect(await accounts()).toHaveLength(1);
    expect(await finish(token)).toEqual(refusedAs('used'));
  });

  test('a program that reads what the link is good for uses nothing up', async () => {
    await ask(ben);
    const token = await desk.token(ben);
    const link = { token, purpose: 'confirm-registration' } as const;
    for (let time = 0; time < 5; time += 1) {
      expect(await desk.registrations.read(link)).toMatchObject({
        kind: 'good',
        address: { key: ben },
      });
    }
    expect(await finish(token)).toMatchObject({ kind: 'registered' });
  });

  test('is too late after a day', async () => {
    await ask(ben);
    desk.host.clock.advance(confirmSeconds * 1000);
    expect(await finish(await desk.token(ben))).toEqual(refusedAs('expired'));
    expect(await accounts()).toEqual([]);
  });

  test('a newer link takes the place of the one before', async () => {
    await ask(ben);
    const first = await desk.token(ben);
    await ask(ben);
    expect(await finish(first)).toEqual(refusedAs('unknown'));
    expect(await finish(await desk.token(ben))).toMatchObject({ kind: 'registered' });
  });

  test('a link for something else opens no account', async () => {
    const token = await desk.host.db.transaction().execute((transaction) =>
      desk.links.make(transaction, {
        purpose: 'reset-password',
        subject: ben,
        lifetimeSeconds: 60,
      }),
    );
    expect(await finish(token)).toEqual(refusedAs('unknown'));
    expect(await finish('')).toEqual(refusedAs('unknown'));
  });

  test.each([
    [{ name: '' }, 'name-invalid'],
    [{ name: 'Ben\r\nBcc: eve@evil.example' }, 'name-invalid'],
    [{ name: '\u202Eneb' }, 'name-invalid'],
    [{ password: 'short' }, 'password-too-short'],
    [{ password: 'ben@kittens.example' }, 'password-common'],
  ])('with %j is refused as %s, hashes nothing, and may be tried again', async (changes, why) => {
    await ask(ben);
    const token = await desk.token(ben);
    expect(await finish(token, changes)).toEqual(refusedAs(why));
    expect(desk.hashes()).toBe(0);
    expect(await finish(token)).toMatchObject({ kind: 'registered' });
  });

  test('where an account was made meanwhile, there is still one, with its own password', async () => {
    await ask(ben);
    await desk.host.person('ben');
    expect(await finish(await desk.token(ben))).toEqual(refusedAs('email-taken'));
    expect(await accounts()).toHaveLength(1);
    expect(await desk.host.accounts.provePassword(ben, goodPassword)).toMatchObject({
      why: 'wrong',
    });
  });

  test('is over when the config closes registration', async () => {
    await ask(ben);
    const token = await desk.token(ben);
    desk.configure({ registration: 'invitation' });
    expect(await finish(token)).toEqual(refusedAs('closed'));
    desk.configure({ registration: 'open', domains: ['puppies.example'] });
    expect(await finish(token)).toEqual(refusedAs('closed'));
    desk.configure({ registration: 'open', domains: ['kittens.example'] });
    expect(await finish(token)).toMatchObject({ kind: 'registered' });
  });
});

describe('pre-hijacking: whoever asked first with the address of somebody else', () => {
  test('has no account there, no password, and no link', async () => {
    await ask(ben);
    // The victim comes later, by a link of their own.
    await ask(ben);
    expect(await finish(await desk.token(ben))).toMatchObject({ kind: 'registered' });
    expect(await accounts()).toHaveLength(1);
  });

  test('cannot put another address into the form of their own link', async () => {
    await ask('eve@evil.example');
    const result = await finish(await desk.token('eve@evil.example'), {
      name: 'ben@kittens.example',
    });
    expect(result).toMatchObject({ account: { email: 'eve@evil.example' } });
  });
});
