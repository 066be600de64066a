import { describe, expect, test } from 'vitest';
import { ada, alone, type Browser, ben } from '../../test/alone.ts';
import { cookieStore } from '../cookie-store/cookie-store.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import type { SessionStore } from '../session-store.ts';
import { createMemoryStore } from '../store/memory.ts';

const secrets = ['k, and thirty bytes more of a secret'];

/** The places that data may lie in; of each, all that there is to a test. */
const places = {
  'in a store': () => alone(),
  'in the cookie, sign-ins in a store': () =>
    alone({ store: cookieStore({ signIns: createMemoryStore() }), secrets }),
} as const;

const who = ({ account, data }: SessionObject) => [account?.name ?? null, data['cart'] ?? null];
const put = (key: string, value: unknown) => (session: SessionObject) =>
  void Object.assign(session.data, { [key]: value });

/** A browser with a cart and no sign-in. */
async function withCart(all: ReturnType<typeof alone>): Promise<Browser> {
  const browser = all.browser();
  await browser.visit(put('cart', ['yarn']));
  return browser;
}

function copyOf(all: ReturnType<typeof alone>, browser: Browser): Browser {
  const copy = all.browser();
  copy.header = browser.header;
  return copy;
}

describe.each(Object.entries(places))('with data %s', (_name, make) => {
  const acts = {
    'stores something': put('polled', 1),
    'shows a form with a token': (session: SessionObject) => void session.csrfToken(),
    'ends its session': (session: SessionObject) => session.end(),
    'signs out': (session: SessionObject) => session.signOut(),
    'asks for a new id': (session: SessionObject) => session.rotate(),
    'leaves a notice for the next page': (session: SessionObject) =>
      session.setFlash('note', 'hello'),
  };
  describe.each(Object.entries(acts))('a request that %s', (_what, act) => {
    test('and comes with the id of before the sign-in sets and clears no session cookie', async () => {
      const all = make();
      const browser = await withCart(all);
      const late = copyOf(all, browser);
      await browser.visit((session) => session.signIn(ada));
      await late.visit(act);
      expect(late.lines).toEqual([]);
      expect(await browser.visit(who)).toEqual(['Ada', ['yarn']]);
    });

    test('and began before the sign-in does neither', async () => {
      const all = make();
      const browser = await withCart(all);
      const slow = await copyOf(all, browser).open();
      await browser.visit((session) => session.signIn(ada));
      await act(slow.session);
      expect(await slow.commit()).toEqual([]);
      expect(await browser.visit(who)).toEqual(['Ada', ['yarn']]);
    });

    test('and began before a sign-out and another sign-in neither', async () => {
      const all = make();
      const browser = all.browser();
      await browser.visit((session) => session.signIn(ada));
      const slow = await browser.open();
      await browser.visit((session) => session.signOut());
      await browser.visit((session) => session.signIn(ben));
      await Promise.resolve(act(slow.session)).catch(() => undefined);
      expect(await slow.commit()).toEqual([]);
      expect(await browser.visit(who)).toEqual(['Ben', null]);
    });
  });

  test('what is dropped is an event, and save() says so itself', async () => {
    const all = make();
    const browser = await withCart(all);
    const late = copyOf(all, browser);
    await browser.visit((session) => session.signIn(ada));
    await late.visit(put('polled', 1));
    expect(all.events).toEqual([{ type: 'session.save-lost', reason: 'ended' }]);
    const opened = await late.open();
    opened.session.data['polled'] = 2;
    await expect(opened.session.save()).rejects.toMatchObject({ code: 'session_ended' });
  });

  test('two posts of one form leave one sign-in, and every answer opens it with the cart', async () => {
    for (const isSecondLate of [true, false]) {
      const all = make();
      const first = await withCart(all);
      const second = copyOf(all, first);
      const early = isSecondLate ? null : await second.open();
      await first.visit((session) => session.signIn(ada));
      const opened = early ?? (await second.open());
      await opened.session.signIn(ada);
      await second.answer(opened);
      expect(second.header).not.toBe(first.header);
      for (const browser of [first, second]) {
        expect(await browser.visit(who)).toEqual(['Ada', ['yarn']]);
        expect(await browser.visit((session) => session.signIns())).toHaveLength(1);
      }
    }
  });

  test('two posts at the same time leave one sign-in, and every answer opens it', async () => {
    const all = make();
    const browsers = [await withCart(all)];
    for (let more = 0; more < 4; more += 1) browsers.push(copyOf(all, browsers[0] as Browser));
    await Promise.all(browsers.map((one) => one.visit((session) => session.signIn(ada))));
    for (const browser of browsers) {
      expect(await browser.visit(who)).toEqual(['Ada', ['yarn']]);
      expect(await browser.visit((session) => session.signIns())).toHaveLength(1);
    }
    expect(new Set(browsers.map(({ header }) => header)).size).toBe(browsers.length);
  });

  test('a second post gets nothing that was stored after the first, at that or another id', async () => {
    for (const isRotated of [false, true]) {
      const all = make();
      const first = await withCart(all);
      const second = copyOf(all, first);
      await first.visit(async (session) => {
        await session.signIn(ada);
        session.data['welcomed'] = true;
      });
      await first.visit(put('otpDone', true));
      if (isRotated) await first.visit((session) => session.rotate());
      await second.visit((session) => session.signIn(ada));
      expect(await second.visit(({ data }) => ({ ...data }))).toEqual({ cart: ['yarn'] });
      expect(await first.visit(({ data }) => data['otpDone'])).toBe(true);
    }
  });

  test('a proof of another account under the same id makes its own sign-in and ends nobody’s', async () => {
    const all = make();
    const first = await withCart(all);
    const second = copyOf(all, first);
    await first.visit((session) => session.signIn(ada));
    await second.visit((session) => session.signIn(ben));
    expect((await second.visit(who))[0]).toBe('Ben');
    expect(await first.visit(who)).toEqual(['Ada', ['yarn']]);
  });

  test.each([
    ['a second factor', { methods: ['pwd', 'otp'] }, {}],
    ['a longer life', { remember: true }, {}],
    ['a shorter life', {}, { remember: true }],
  ])(
    'a proof that does not stand for %s joins no sign-in that has it',
    async (_what, one, other) => {
      const all = make();
      const first = await withCart(all);
      const second = copyOf(all, first);
      await first.visit((session) => session.signIn(ada, one));
      const { id } = await first.visit((session) => ({ id: session.signInRecord?.id }));
      await second.visit((session) => session.signIn(ada, other));
      const joined = await second.visit((session) => session.signInRecord);
      expect(joined?.id).not.toBe(id);
      expect(joined?.methods).toEqual(['pwd']);
    },
  );

  test('two posts of somebody else’s sign-in leave one, and the one before has ended', async () => {
    const all = make();
    const first = all.browser();
    await first.visit((session) => session.signIn(ada));
    const [second, before] = [copyOf(all, first), copyOf(all, first)];
    await first.visit((session) => session.signIn(ben));
    await second.visit((session) => session.signIn(ben));
    for (const browser of [first, second]) {
      expect((await browser.visit(who))[0]).toBe('Ben');
      expect(await browser.visit((session) => session.signIns())).toHaveLength(1);
    }
    expect((await before.visit(who))[0]).toBe(null);
    const elsewhere = all.browser();
    await elsewhere.visit((session) => session.signIn(ada));
    expect(await elsewhere.visit((session) => session.signIns())).toHaveLength(1);
  });

  test('a sign-in that ended since is joined by no second post', async () => {
    const all = make();
    const first = await withCart(all);
    const second = copyOf(all, first);
    await first.visit((session) => session.signIn(ada));
    await first.visit((session) => session.signOut());
    await second.visit((session) => session.signIn(ada));
    expect((await second.visit(who))[0]).toBe('Ada');
  });
});

test('an id that ended before the request began is a stranger’s, and gets a new one', async () => {
  const all = alone();
  const browser = await withCart(all);
  const late = copyOf(all, browser);
  all.clock.advance(1);
  await browser.visit((session) => session.end());
  await late.visit(put('n', 1));
  expect(await late.visit((session) => session.data['n'])).toBe(1);
});

test('an id that ended while it was being read sets no cookie', async () => {
  const all = alone();
  let release = (): void => undefined;
  const inner = all.store;
  const read: SessionStore['read'] = async (key) => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return inner.read(key);
  };
  const browser = await withCart(all);
  const held = alone({ store: { ...inner, read } });
  const opening = held.app.open(browser.header);
  all.clock.advance(1);
  await browser.visit((session) => session.end());
  release();
  const opened = await opening;
  opened.session.data['n'] = 1;
  expect(await opened.commit()).toEqual([]);
});

test('after ten minutes a replaced id is a stranger’s', async () => {
  const all = alone();
  const browser = await withCart(all);
  const late = copyOf(all, browser);
  await browser.visit((session) => session.signIn(ada));
  all.clock.advance(600_000);
  await late.visit(put('n', 1));
  expect(late.lines).toHaveLength(1);
});

test('what a new visitor stores in the request that ended the session before has a cookie', async () => {
  const all = alone();
  const browser = await withCart(all);
  await browser.visit(async (session) => {
    await session.end();
    session.data['bye'] = 1;
  });
  expect(await browser.visit(({ data }) => ({ ...data }))).toEqual({ bye: 1 });
});

test('the second post keeps the cart also where the first has rotated its id since', async () => {
  const all = alone();
  const first = await withCart(all);
  const second = copyOf(all, first);
  await first.visit(async (session) => {
    await session.signIn(ada);
    await session.rotate();
  });
  await second.visit((session) => session.signIn(ada));
  expect(await second.visit(who)).toEqual(['Ada', ['yarn']]);
});

test('a sign-in leaves what another app has under an id that was brought here', async () => {
  const all = alone();
  const blog = alone({ store: all.store, origin: 'https://blog.kittens.example' });
  const there = blog.browser();
  await there.visit(put('n', 1));
  const here = all.browser();
  here.header = there.header;
  await here.visit((session) => session.signIn(ada));
  expect(await there.visit((session) => session.data['n'])).toBe(1);
});
