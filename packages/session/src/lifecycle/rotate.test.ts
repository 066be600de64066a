import { expect, test } from 'vitest';
import { ada, alone, type Browser } from '../../test/alone.ts';
import type { SessionObject } from '../session-object/session-object.ts';

/** A browser that has the cookie of another as it is now. */
function copyOf(browser: Browser, copy: Browser): Browser {
  copy.header = browser.header;
  return copy;
}

async function signedInBrowser(all: ReturnType<typeof alone>): Promise<Browser> {
  const browser = all.browser();
  await browser.visit(async (session) => {
    await session.signIn(ada);
    session.data['n'] = 1;
  });
  return browser;
}

test('rotating gives a new id; the old one opens nothing from then on', async () => {
  const all = alone();
  const browser = await signedInBrowser(all);
  const old = copyOf(browser, all.browser());
  await browser.visit((session) => session.rotate());
  expect(browser.header).not.toBe(old.header);
  expect(await browser.visit(({ account, data }) => [account, data['n']])).toEqual([ada, 1]);
  const seen = ({ account, data }: SessionObject) => [account, data['n']];
  expect(await old.visit(seen)).toEqual([null, undefined]);
  expect(await browser.visit(seen)).toEqual([ada, 1]);
});

test('an anonymous session rotates too, and a visitor without one gets none', async () => {
  const all = alone();
  const browser = all.browser();
  await browser.visit((session) => session.rotate());
  expect(browser.header).toBe(undefined);
  await browser.visit((session) => Object.assign(session.data, { n: 1 }));
  const old = browser.header;
  await browser.visit((session) => session.rotate());
  expect(browser.header).not.toBe(old);
  expect(await browser.visit((session) => session.data['n'])).toBe(1);
});

test('of parallel requests that rotate one sets the cookie; the others lose what they wanted to save', async () => {
  const all = alone();
  const browser = await signedInBrowser(all);
  const opened = await Promise.all([browser.open(), browser.open(), browser.open()]);
  await Promise.all(
    opened.map(async ({ session }, index) => {
      session.data[`key${index}`] = index;
      await session.rotate();
    }),
  );
  const lines = (await Promise.all(opened.map((one) => one.commit()))).flat();
  expect(lines.length).toBe(1);
  browser.header = lines[0]?.split(';')[0];
  expect(await browser.visit(({ data }) => ({ ...data }))).toEqual({
    n: 1,
    key0: 0,
  });
  expect(all.events.map(({ type }) => type)).toEqual(['session.save-lost', 'session.save-lost']);
});

test('a request under the old id writes nothing, sets no cookie and ends nothing', async () => {
  const all = alone({ cookie: { expireAfter: 5_000 } });
  const browser = await signedInBrowser(all);
  const old = copyOf(browser, all.browser());
  all.clock.advance(61_000);
  await browser.visit((session) => session.rotate());
  for (const act of [
    async (session: SessionObject) => void Object.assign(session.data, { late: true }),
    (session: SessionObject) => session.rotate(),
    (session: SessionObject) => session.end(),
    (session: SessionObject) => session.signOut(),
  ]) {
    const late = await old.open();
    await act(late.session);
    expect(await late.commit()).toEqual([]);
  }
  const seen = await browser.visit(({ account, data }) => [account, { ...data }]);
  expect(seen).toEqual([ada, { n: 1 }]);
});

test('what is not saved yet is saved under the new id', async () => {
  const all = alone();
  const browser = await signedInBrowser(all);
  await browser.visit(async (session) => {
    session.data['before'] = 1;
    await session.rotate();
    session.data['after'] = 2;
  });
  expect(await browser.visit(({ data }) => ({ ...data }))).toEqual({ n: 1, before: 1, after: 2 });
});

test('signing in and out leave no way back from a rotated id', async () => {
  const all = alone();
  const browser = await signedInBrowser(all);
  const old = copyOf(browser, all.browser());
  await browser.visit((session) => session.rotate());
  await browser.visit((session) => session.signOut());
  expect(await old.visit((session) => session.signedIn)).toBe(false);

  const visitor = all.browser();
  await visitor.visit((session) => Object.assign(session.data, { n: 1 }));
  const known = copyOf(visitor, all.browser());
  await visitor.visit((session) => session.rotate());
  await visitor.visit((session) => session.signIn(ada));
  expect(await known.visit((session) => [session.signedIn, { ...session.data }])).toEqual([
    false,
    {},
  ]);
});

test('a session that ended cannot rotate, and says so', async () => {
  const all = alone();
  const browser = await signedInBrowser(all);
  const slow = await browser.open();
  await browser.visit((session) => session.signOut());
  await expect(slow.session.rotate()).rejects.toMatchObject({ code: 'session_ended' });
});

test('an answer that renews the cookie does not put the old id over one that another request gave', async () => {
  const all = alone({ cookie: { expireAfter: 3600 } });
  const browser = await signedInBrowser(all);
  all.clock.advance(61_000);
  const slow = await browser.open();
  await browser.visit((session) => session.rotate());
  const { header } = browser;
  await browser.answer(slow);
  expect(browser.header).toBe(header);
  all.clock.advance(31_000);
  expect(await browser.visit((session) => session.signedIn)).toBe(true);
});

test('an id that was given up gets no new one: whoever has it is out after 30 seconds, and nobody else is', async () => {
  const all = alone();
  const browser = await signedInBrowser(all);
  const thief = copyOf(browser, all.browser());
  await browser.visit((session) => session.rotate());
  const stolen = thief.header;
  await thief.visit((session) => session.rotate());
  expect(thief.header).toBe(stolen);
  all.clock.advance(31_000);
  expect(await thief.visit((session) => session.signedIn)).toBe(false);
  expect(await browser.visit((session) => session.signedIn)).toBe(true);
});
