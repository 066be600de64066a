import { describe, expect, test } from 'vitest';
import { ada, alone } from '../../test/alone.ts';
import { type AppAlone, createAppAlone } from '../app/app-alone.ts';
import { cookieStore } from '../cookie-store/cookie-store.ts';
import type { OpenSession } from '../http/http-exchange.ts';

const minute = 61_000;
const day = 86_400;

/** Heads of answers that shared caches keep, and that they do not. */
const forAll = { invitesCaches: () => true };
const forOne = { invitesCaches: () => false };

/** When a session was used last, as far as the store was told. */
async function recordedUse(app: AppAlone, header: string | undefined): Promise<number | undefined> {
  return (await app.open(header)).session.backing()?.reading.usedAt;
}

/** Somebody who stays signed in, and how an app of another process on the same store answers. */
async function remembered() {
  const { app, store, clock, browser: make, events } = alone();
  const browser = make();
  await browser.visit((session) => session.signIn(ada, { remember: true }));
  const { origin } = app;
  const other = createAppAlone({ origin, store, platform: { now: clock.now } });
  const ask = async (at: { open: typeof app.open }, head?: typeof forAll) =>
    (await at.open(browser.header)).commit(head);
  const usedAt = (): Promise<number | undefined> => recordedUse(app, browser.header);
  return { app, other, store, clock, browser, events, ask, usedAt };
}

describe('the cookie of a remembered sign-in', () => {
  test('is not renewed with an answer for everybody, and is still due in every process', async () => {
    const { app, other, clock, ask } = await remembered();
    clock.advance(minute);
    for (const at of [app, other, app]) expect(await ask(at, forAll)).toEqual([]);
    expect(await ask(other, forOne)).toEqual([expect.stringMatching(/; Max-Age=/)]);
    for (const at of [app, other]) expect(await ask(at, forOne)).toEqual([]);
    clock.advance(minute);
    // An answer of which nothing is known is this visitor's own.
    expect(await ask(app)).toHaveLength(1);
  });

  test('is renewed together with the record of the use, so that neither is due without the other', async () => {
    const { app, clock, ask, usedAt } = await remembered();
    const before = await usedAt();
    clock.advance(minute);
    await ask(app, forAll);
    expect(await usedAt()).toBe(before);
    await ask(app, forOne);
    expect(await usedAt()).toBe(clock.now());
  });

  test('may wait, but its session does not idle out for that', async () => {
    const { app, clock, ask, usedAt, browser } = await remembered();
    const idleMilliseconds = ((await app.open(browser.header)) as OpenSession).session.signInRecord
      ?.idleSeconds as number;
    for (let quarter = 0; quarter < 8; quarter += 1) {
      clock.advance((idleMilliseconds * 1000) / 4);
      expect(await ask(app, forAll)).toEqual([]);
    }
    expect(await usedAt()).toBe(clock.now());
    expect((await app.open(browser.header)).session.signedIn).toBe(true);
  });

  test('is not renewed by an answer that comes after the end', async () => {
    const { app, clock, browser } = await remembered();
    clock.advance(minute);
    const slow = await app.open(browser.header);
    await browser.visit((session) => session.signOut());
    expect(await slow.commit(forOne)).toEqual([]);
  });

  test('leaves with another cookie of the answer when that may carry it', async () => {
    const { app, clock, browser } = await remembered();
    clock.advance(minute);
    const opened = await app.open(browser.header);
    await opened.session.rotate();
    const lines = await opened.commit(forAll);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.split(';')[0]).not.toBe(browser.header);
  });
});

test('a cookie that ends with the browser is never renewed, and its use is recorded at once', async () => {
  const { app, clock, browser: make } = alone();
  const browser = make();
  await browser.visit((session) => session.signIn(ada));
  clock.advance(minute);
  expect(await (await app.open(browser.header)).commit(forAll)).toEqual([]);
  expect(await recordedUse(app, browser.header)).toBe(clock.now());
});

test('a cookie that holds its session says that it is in use with an answer for one visitor alone', async () => {
  const {
    app,
    clock,
    browser: make,
  } = alone({
    store: cookieStore(),
    secrets: ['a secret of the tests, 32 bytes and more'],
    idleSeconds: day,
  });
  const browser = make();
  await browser.visit(({ data }) => {
    data['n'] = 1;
  });
  clock.advance(minute);
  const look = async (head: typeof forAll) => {
    const opened = await app.open(browser.header);
    return { n: opened.session.data['n'], lines: await opened.commit(head) };
  };
  expect(await look(forAll)).toEqual({ n: 1, lines: [] });
  const { lines } = await look(forOne);
  expect(lines).toHaveLength(1);
});
