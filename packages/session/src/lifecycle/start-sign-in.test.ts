import { describe, expect, test } from 'vitest';
import { ada, alone, ben } from '../../test/alone.ts';
import { realms } from '../../test/realm.ts';
import { createPlatform } from '../platform.ts';
import type { Account } from '../session-store.ts';
import { createSessions } from './sessions.ts';

describe('signing in', () => {
  test('makes a sign-in and a new id; anonymous data goes along, the old id opens nothing', async () => {
    const browser = alone().browser();
    await browser.visit((session) => Object.assign(session.data, { cart: [1] }));
    const before = browser.header;
    await browser.visit((session) => session.signIn(ada, { methods: ['pwd', 'otp'] }));
    expect(browser.header).not.toBe(before);
    const seen = await browser.visit(({ account, data, signInRecord }) => [
      account,
      data['cart'],
      signInRecord?.methods,
    ]);
    expect(seen).toEqual([ada, [1], ['pwd', 'otp']]);
    browser.header = before;
    expect(await browser.visit((session) => [session.signedIn, { ...session.data }])).toEqual([
      false,
      {},
    ]);
  });

  test('keeps nothing of an account but id, email and name', async () => {
    const browser = alone().browser();
    const row = { ...ada, passwordHash: 'secret' };
    await browser.visit((session) => session.signIn(row));
    expect(await browser.visit((session) => session.account)).toEqual(ada);
  });

  test('as somebody else drops the data and ends the sign-in before', async () => {
    const { browser } = alone();
    const [here, elsewhere] = [browser(), browser()];
    await here.visit(async (session) => {
      await session.signIn(ada);
      session.data['secret'] = 1;
    });
    elsewhere.header = here.header;
    await here.visit((session) => session.signIn(ben));
    expect(await here.visit(({ account, data }) => [account, data['secret']])).toEqual([
      ben,
      undefined,
    ]);
    expect(await elsewhere.visit((session) => session.signedIn)).toBe(false);
  });

  test.each<[string, unknown]>([
    ['without an id', { ...ada, id: '' }],
    ['with a number as id', { ...ada, id: 7 }],
    ['without a name', { id: 'ada', email: 'ada@kittens.example' }],
    ['with a name without end', { ...ada, name: 'a'.repeat(321) }],
  ])('an account %s is refused', async (_what, account) => {
    const attempt = alone()
      .browser()
      .visit((session) => session.signIn(account as Account));
    await expect(attempt).rejects.toMatchObject({ code: 'option_invalid' });
  });

  test('in a family is refused with a word on where people sign in', async () => {
    const { store } = alone();
    const cookie = { name: 'sid', domain: null, secure: true, sameSite: 'lax' } as const;
    const sessions = createSessions({
      store,
      cookie,
      scopeName: 'shop',
      app: 'shop',
      realm: realms,
      idleSeconds: 60,
      absoluteSeconds: 600,
      platform: createPlatform(),
    });
    const { session } = await sessions.open(undefined);
    await expect(session.signIn(ada)).rejects.toMatchObject({
      code: 'option_invalid',
      message: expect.stringContaining('login host'),
    });
  });
});

describe('a remembered sign-in', () => {
  const signIns = { remembered: { idleSeconds: 5_000, absoluteSeconds: 9_000 } };

  test('has a cookie that outlives the browser, renewed with use; another has not', async () => {
    const { browser, clock } = alone({ signIns });
    const [kept, passing] = [browser(), browser()];
    await kept.visit((session) => session.signIn(ada, { remember: true }));
    await passing.visit((session) => session.signIn(ada));
    expect(kept.lines.join()).toContain('Max-Age=5000');
    expect(passing.lines.join()).not.toContain('Max-Age');
    clock.advance(61_000);
    await kept.visit(() => undefined);
    expect(kept.lines.join()).toContain('Max-Age=5000');
  });

  test('lasts as long as its own limits say', async () => {
    const { browser, clock } = alone({ signIns, idleSeconds: 100 });
    const [kept, passing] = [browser(), browser()];
    await kept.visit((session) => session.signIn(ada, { remember: true }));
    await passing.visit((session) => session.signIn(ada));
    clock.advance(4_999_000);
    expect(await kept.visit((session) => session.signedIn)).toBe(true);
    expect(await passing.visit((session) => session.signedIn)).toBe(false);
    clock.advance(4_000_000);
    await kept.visit(() => undefined);
    clock.advance(2_000);
    expect(await kept.visit((session) => session.signedIn)).toBe(false);
  });
});

test('a remembered sign-in outlasts sessions without one, by the limits that hold unasked', async () => {
  const { browser, clock } = alone();
  const kept = browser();
  await kept.visit((session) => session.signIn(ada, { remember: true }));
  for (let day = 0; day < 364; day += 14) {
    clock.advance(14 * 86_400_000);
    expect([day, await kept.visit((session) => session.signedIn)]).toEqual([day, true]);
  }
  clock.advance(2 * 86_400_000);
  expect(await kept.visit((session) => session.signedIn)).toBe(false);
});

test('one account has no more sign-ins than the limit: the one made first ends', async () => {
  const { browser, clock } = alone({ signIns: { maxPerAccount: 3 } });
  const browsers = [browser(), browser(), browser(), browser()];
  for (const each of browsers) {
    await each.visit((session) => session.signIn(ada));
    clock.advance(1_000);
  }
  const other = browser();
  await other.visit((session) => session.signIn(ben));
  const states = await Promise.all(
    [...browsers, other].map((each) => each.visit((session) => session.signedIn)),
  );
  expect(states).toEqual([false, true, true, true, true]);
});
