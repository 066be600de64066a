import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ada, alone } from '../../test/alone.ts';
import { LatchkeyError } from '../errors.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** Somebody signed in, with a request under way whose end is watched. */
async function watched() {
  const all = alone();
  const browser = all.browser();
  await browser.visit((session) => session.signIn(ada));
  const opened = await browser.open();
  const releases: (() => void)[] = [];
  opened.session.attach({
    touched: () => undefined,
    watched: (release) => void releases.push(release),
  });
  const { signal } = opened.session;
  const finish = (): void => {
    for (const release of releases) release();
  };
  return { ...all, browser, signal, finish, slot: opened.session.slot() };
}

const second = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1_000);

describe('the signal of a session', () => {
  test('is quiet while it lives, and fires at a sign-out in this process at once', async () => {
    const { browser, signal } = await watched();
    await second();
    expect(signal.aborted).toBe(false);
    await browser.visit((session) => session.signOut());
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ code: 'session_ended' });
  });

  test('fires within a second of an end elsewhere', async () => {
    const { store, signal, slot } = await watched();
    if (slot !== null) await store.endSignIn(slot, 'revoked-by-administrator');
    expect(signal.aborted).toBe(false);
    await second();
    expect(signal.aborted).toBe(true);
  });

  test('fires when the session runs out', async () => {
    const { clock, signal } = await watched();
    clock.advance(31 * 86_400_000);
    await second();
    expect(signal.aborted).toBe(true);
  });

  test('follows a session that gets a new id', async () => {
    const { browser, signal, clock } = await watched();
    await browser.visit((session) => session.rotate());
    await second();
    clock.advance(31_000);
    await second();
    expect(signal.aborted).toBe(false);
    await browser.visit((session) => session.signOut());
    await second();
    expect(signal.aborted).toBe(true);
  });

  test('is forgotten once the answer is finished: the store is asked no more', async () => {
    const { store, signal, finish } = await watched();
    const read = vi.spyOn(store, 'read');
    await second();
    expect(read.mock.calls.length).toBeGreaterThan(0);
    finish();
    read.mockClear();
    await second();
    expect(read).not.toHaveBeenCalled();
    expect(signal.aborted).toBe(false);
  });

  test('of one request still fires when that of another was given back, however often', async () => {
    const { browser, signal, app } = await watched();
    const other = await app.open(browser.header);
    const releases: (() => void)[] = [];
    other.session.attach({
      touched: () => undefined,
      watched: (release) => void releases.push(release),
    });
    const otherSignal = other.session.signal;
    for (const release of [...releases, ...releases, ...releases]) release();
    await browser.visit((session) => session.signOut());
    expect(signal.aborted).toBe(true);
    expect(otherSignal.aborted).toBe(false);
  });

  test('bears a store that is away for less than half a minute, and no longer', async () => {
    const { store, signal, clock } = await watched();
    const away = new LatchkeyError('store_unavailable', 'away');
    const read = vi.spyOn(store, 'read').mockRejectedValue(away);
    await second();
    clock.advance(29_000);
    await second();
    expect(signal.aborted).toBe(false);
    read.mockRestore();
    await second();
    vi.spyOn(store, 'read').mockRejectedValue(away);
    await second();
    clock.advance(30_000);
    await second();
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe(away);
  });

  test('of a visitor without a session never fires, and costs nothing', async () => {
    const { app, store } = alone();
    const read = vi.spyOn(store, 'read');
    const opened = await app.open(undefined);
    expect(opened.session.signal.aborted).toBe(false);
    await second();
    expect(read).not.toHaveBeenCalled();
  });

  test.each([
    ['had no session', false],
    ['had an anonymous session', true],
  ])(
    'asked for after a sign-in is that of the sign-in, also where the visitor %s and asked before',
    async (_, had) => {
      const { app, store, browser: make } = alone();
      const browser = make();
      if (had) await browser.visit((session) => Object.assign(session.data, { n: 1 }));
      const { session } = await app.open(browser.header);
      const before = session.signal;
      await session.signIn(ada);
      expect(before.aborted).toBe(had);
      const { signal } = session;
      await second();
      expect(signal.aborted).toBe(false);
      const slot = session.slot();
      if (slot !== null) await store.endSignIn(slot, 'revoked-by-administrator');
      await second();
      expect(signal.aborted).toBe(true);
    },
  );
});
