import { randomBytes } from 'node:crypto';
import { createFakeClock } from '@latchkey/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Alone, ada, alone, type Browser, ben } from '../../test/alone.ts';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { realm } from '../../test/realm.ts';
import type { AppAloneOptions } from '../app/app-alone.ts';
import { storeKey } from '../session-id/session-id.ts';
import { createMemoryStore } from '../store/memory.ts';
import { cookieStore } from './cookie-store.ts';
import { readKept, writeKept } from './kept-session.ts';

const secrets = ['k, and thirty bytes more of a secret'];

function inCookie(options: Partial<AppAloneOptions> = {}): Alone {
  return alone({ store: 'cookie:', secrets, ...options });
}

function copy(all: Alone, browser: Browser): Browser {
  const other = all.browser();
  other.header = browser.header;
  return other;
}

describe('data in the cookie', () => {
  test('is there at the next request; nobody can read it on the way', async () => {
    const browser = inCookie().browser();
    await browser.visit((session) => Object.assign(session.data, { cart: ['gnome'] }));
    expect(browser.lines.join()).toMatch(/^__Host-latchkey_session=[\w-]+; Path=\/; HttpOnly; Sec/);
    expect(Buffer.from(browser.header ?? '', 'base64url').toString()).not.toContain('gnome');
    expect(await browser.visit(({ data }) => ({ ...data }))).toEqual({ cart: ['gnome'] });
  });

  test('is set again when it changes, and not when it does not', async () => {
    const browser = inCookie().browser();
    await browser.visit((session) => Object.assign(session.data, { n: 1 }));
    const before = browser.header;
    await browser.visit((session) => session.data['n']);
    expect(browser.lines).toEqual([]);
    await browser.visit((session) => Object.assign(session.data, { n: 2 }));
    expect(browser.header).not.toBe(before);
    expect(await browser.visit(({ data }) => data['n'])).toBe(2);
  });

  test('that fits into no cookie is refused with a code, not dropped by the browser', async () => {
    const browser = inCookie().browser();
    const attempt = browser.visit((session) =>
      Object.assign(session.data, { a: 'x'.repeat(3500) }),
    );
    await expect(attempt).rejects.toMatchObject({ code: 'cookie_too_large' });
  });

  test('runs out unused, and at its limit; a use is written down once a minute', async () => {
    const all = inCookie({ idleSeconds: 100, absoluteSeconds: 250 });
    const browser = all.browser();
    await browser.visit((session) => Object.assign(session.data, { n: 1 }));
    for (const seconds of [90, 90, 60]) {
      all.clock.advance(seconds * 1000);
      expect(await browser.visit(({ data }) => data['n'])).toBe(1);
      expect(browser.lines.length).toBe(1);
    }
    all.clock.advance(10_000);
    expect(await browser.visit(({ data }) => data['n'])).toBe(undefined);
  });

  test('opens under an older secret, and is sealed under the new one from then on', async () => {
    const old = inCookie();
    const browser = old.browser();
    await browser.visit((session) => Object.assign(session.data, { n: 1 }));
    const both = copy(
      inCookie({ secrets: ['n, and thirty bytes more of a secret', ...secrets] }),
      browser,
    );
    await both.visit((session) => Object.assign(session.data, { m: 2 }));
    const now = copy(inCookie({ secrets: ['n, and thirty bytes more of a secret'] }), both);
    expect(await now.visit(({ data }) => ({ ...data }))).toEqual({ n: 1, m: 2 });
    expect(
      await copy(inCookie({ secrets: ['o, and thirty bytes more of a secret'] }), both).visit(
        ({ data }) => ({ ...data }),
      ),
    ).toEqual({});
  });

  test('of another app with the same secrets opens nothing', async () => {
    const browser = inCookie().browser();
    await browser.visit((session) => Object.assign(session.data, { n: 1 }));
    const blog = copy(inCookie({ origin: 'https://blog.kittens.example' }), browser);
    expect(await blog.visit(({ data }) => data['n'])).toBe(undefined);
  });

  test('of two cookies that both open, none counts', async () => {
    const all = inCookie();
    const [one, two] = [all.browser(), all.browser()];
    await one.visit((session) => Object.assign(session.data, { n: 1 }));
    await two.visit((session) => Object.assign(session.data, { n: 2 }));
    one.header = `${one.header}; ${two.header}`;
    expect(await one.visit(({ data }) => data['n'])).toBe(undefined);
  });

  test('comes over from a former cookie', async () => {
    const browser = inCookie().browser();
    await browser.visit((session) => Object.assign(session.data, { n: 1 }));
    const cookie = { key: 'sid', former: [{ key: 'latchkey_session' }] };
    const moved = copy(inCookie({ cookie }), browser);
    expect(await moved.visit(({ data }) => data['n'])).toBe(1);
    expect(moved.lines.join('\n')).toMatch(/^__Host-latchkey_session=; .*Max-Age=0/);
    expect(moved.header).toMatch(/^__Host-sid=/);
    expect(await moved.visit(({ data }) => data['n'])).toBe(1);
  });

  test('ends with the cookie', async () => {
    const browser = inCookie().browser();
    await browser.visit((session) => Object.assign(session.data, { n: 1 }));
    await browser.visit((session) => session.end());
    expect(browser.header).toBe(undefined);
  });
});

describe('a sign-in', () => {
  test('is refused where it could never be ended', async () => {
    const attempt = inCookie()
      .browser()
      .visit((session) => session.signIn(ada));
    await expect(attempt).rejects.toMatchObject({
      code: 'option_invalid',
      message: expect.stringContaining("revocation: 'none'"),
    });
    const configured = (): unknown => inCookie({ signIns: { idleSeconds: 60 } });
    expect(configured).toThrow(expect.objectContaining({ code: 'option_invalid' }));
  });

  describe('with a store behind it', () => {
    const withStore = (): Alone & { readonly signIns: ReturnType<typeof createMemoryStore> } => {
      const signIns = createMemoryStore();
      return { ...inCookie({ store: cookieStore({ signIns }) }), signIns };
    };

    test('keeps data in the cookie and nothing of it in the store', async () => {
      const all = withStore();
      const browser = all.browser();
      await browser.visit((session) => Object.assign(session.data, { cart: [1] }));
      await browser.visit(async (session) => {
        await session.signIn(ada);
        session.data['more'] = 2;
      });
      const seen = await browser.visit(({ account, data }) => [account, { ...data }]);
      expect(seen).toEqual([ada, { cart: [1], more: 2 }]);
      const key = await browser.visit((session) => session.backing()?.key);
      const reading = key === undefined ? null : await all.signIns.read(key);
      expect(reading?.session.data).toBe('{}');
    });

    test('CVE-2024-31999: a copy of the cookie opens nothing after the sign-out', async () => {
      const all = withStore();
      const browser = all.browser();
      await browser.visit((session) => session.signIn(ada));
      const stolen = copy(all, browser);
      expect(await stolen.visit((session) => session.signedIn)).toBe(true);
      await browser.visit((session) => session.signOut());
      expect(browser.header).toBe(undefined);
      expect(await stolen.visit(({ signedIn, data }) => [signedIn, { ...data }])).toEqual([
        false,
        {},
      ]);
    });

    test('CVE-2025-46336: a slow request that saves after the end loses', async () => {
      const all = withStore();
      const browser = all.browser();
      await browser.visit((session) => session.signIn(ada));
      const slow = await copy(all, browser).open();
      slow.session.data['late'] = 1;
      await browser.visit((session) => session.signOut());
      expect(await slow.commit()).toEqual([]);
      expect(all.events.map(({ type }) => type)).toContain('session.save-lost');
    });

    test('has devices, sign-out of others and a new id like any other', async () => {
      const all = withStore();
      const [laptop, phone] = [all.browser(), all.browser()];
      await laptop.visit((session) => session.signIn(ada));
      await phone.visit((session) => session.signIn(ada));
      expect((await laptop.visit((session) => session.signIns())).length).toBe(2);
      expect(await laptop.visit((session) => session.signOutOthers())).toBe(1);
      expect(await phone.visit((session) => session.signedIn)).toBe(false);
      const before = laptop.header;
      await laptop.visit((session) => session.rotate());
      expect(laptop.header).not.toBe(before);
      expect(await laptop.visit((session) => session.account)).toEqual(ada);
    });

    test('as somebody else takes no data along', async () => {
      const browser = withStore().browser();
      await browser.visit(async (session) => {
        await session.signIn(ada);
        session.data['secret'] = 1;
      });
      await browser.visit((session) => session.signIn(ben));
      expect(await browser.visit(({ account, data }) => [account, { ...data }])).toEqual([ben, {}]);
    });
  });

  describe("with revocation: 'none'", () => {
    test('stands in the cookie, and a copy of it stays good: as was written', async () => {
      const all = inCookie({ store: cookieStore({ revocation: 'none' }) });
      const browser = all.browser();
      await browser.visit((session) => session.signIn(ada, { remember: true }));
      expect(browser.lines.join()).toContain('Max-Age=2592000');
      const kept = copy(all, browser);
      expect(await browser.visit((session) => session.account)).toEqual(ada);
      await browser.visit((session) => session.signOut());
      expect(browser.header).toBe(undefined);
      expect(await kept.visit((session) => session.signedIn)).toBe(true);
    });

    test('ends for all with a cut-off, and at its own limits', async () => {
      const all = inCookie({ store: cookieStore({ revocation: 'none' }), absoluteSeconds: 1_000 });
      const browser = all.browser();
      await browser.visit((session) => session.signIn(ada));
      const notBefore = all.clock.now() + 1;
      const cut = inCookie({ store: cookieStore({ revocation: 'none', notBefore }) });
      expect(await copy(cut, browser).visit((session) => session.signedIn)).toBe(false);
      all.clock.advance(999_999);
      expect(await browser.visit((session) => session.signedIn)).toBe(true);
      all.clock.advance(1);
      expect(await browser.visit((session) => session.signedIn)).toBe(false);
    });
  });
});

test.each<[string, () => unknown, string]>([
  ['without secrets', () => alone({ store: 'cookie:' }), 'secret_missing'],
  ['with a short secret', () => alone({ store: 'cookie:', secrets: ['short'] }), 'secret_missing'],
  [
    'with sign-ins in two places',
    () => cookieStore({ signIns: createMemoryStore(), revocation: 'none' }),
    'option_invalid',
  ],
  ['with a cut-off for nothing', () => cookieStore({ notBefore: 1 }), 'option_invalid'],
  ['with a store that is none', () => cookieStore({ signIns: {} as never }), 'option_invalid'],
  ['with another word', () => cookieStore({ revocation: 'some' as never }), 'option_invalid'],
])('a cookie store %s is refused at start', (_what, make, code) => {
  expect(make).toThrow(expect.objectContaining({ code }));
});

test('whatever cookie comes, it never throws and never opens a session', async () => {
  const { app } = inCookie();
  const value = fc.oneof(
    fc.string({ maxLength: 80 }),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    fc.constant(randomBytes(60).toString('base64url')),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(value, { maxLength: 4 }), async (values) => {
      const header = values.map((one) => `__Host-latchkey_session=${one}`).join('; ');
      const { session } = await app.open(header);
      expect([session.signedIn, { ...session.data }]).toEqual([false, {}]);
    }),
    { numRuns: fuzzRuns },
  );
});

test('a text that was sealed by something else is no session', () => {
  for (const text of [
    '',
    'null',
    '[]',
    '{}',
    '[1]',
    '[2,"x"]',
    '[1,"x","s",0,0,0,0,0,"{}",null]',
  ]) {
    expect(readKept(text, realm)).toBe(null);
  }
  const id = `${'a'.repeat(16)}.${'b'.repeat(43)}` as never;
  const record = {
    version: 1,
    scope: 's',
    signedIn: false,
    createdAt: 1,
    data: '{"n":1}',
    idleSeconds: 3,
    absoluteSeconds: 4,
  };
  const kept = { id, key: storeKey(realm, id), record, usedAt: 2, signIn: null };
  expect(readKept(writeKept(kept), realm)).toEqual(kept);
});

test('a slow answer does not put the cookie of an id that was given up over the new one', async () => {
  const clock = createFakeClock();
  const signIns = createMemoryStore({ now: clock.now });
  const all = inCookie({ store: cookieStore({ signIns }) });
  const browser = all.browser();
  await browser.visit((session) => session.signIn(ada));
  const slow = await browser.open();
  slow.session.data['n'] = 1;
  await browser.visit((session) => session.rotate());
  const { header } = browser;
  await browser.answer(slow);
  expect(browser.header).toBe(header);
  expect(all.events).toEqual([{ type: 'session.save-lost', reason: 'ended' }]);
  clock.advance(31_000);
  expect(await browser.visit((session) => session.signedIn)).toBe(true);
});
