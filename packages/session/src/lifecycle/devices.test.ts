import { describe, expect, test } from 'vitest';
import { type Alone, ada, alone, type Browser, ben } from '../../test/alone.ts';

/** Ada at her laptop and her phone, Ben at his own. */
async function threeDevices(): Promise<Alone & Record<'laptop' | 'phone' | 'bens', Browser>> {
  const all = alone();
  const [laptop, phone, bens] = [all.browser(), all.browser(), all.browser()];
  await laptop.visit((session) =>
    session.signIn(ada, { device: 'Chromium on Linux', place: '192.0.2.7' }),
  );
  all.clock.advance(5_000);
  await phone.visit((session) => session.signIn(ada, { device: 'Safari on iPhone' }));
  await bens.visit((session) => session.signIn(ben));
  return { ...all, laptop, phone, bens };
}

function signedIn(browser: Browser): Promise<boolean> {
  return browser.visit((session) => session.signedIn);
}

describe('the list of devices', () => {
  test('has the person’s sign-ins, newest first, and says which is this one', async () => {
    const { laptop, clock } = await threeDevices();
    const now = clock.now();
    const listed = await laptop.visit((session) => session.signIns());
    expect(listed).toMatchObject([
      { current: false, device: 'Safari on iPhone', place: '', usedAt: now, signedInAt: now },
      {
        current: true,
        device: 'Chromium on Linux',
        place: '192.0.2.7',
        methods: ['pwd'],
        apps: [],
        remembered: false,
        signedInAt: now - 5_000,
      },
    ]);
  });

  test('holds nothing that opens a session', async () => {
    const { laptop, phone } = await threeDevices();
    const text = JSON.stringify(await laptop.visit((session) => session.signIns()));
    for (const { header = '' } of [laptop, phone]) {
      const [tag = '', secret = ''] = (header.split('=')[1] ?? '').split('.');
      expect(text).not.toContain(tag);
      expect(text).not.toContain(secret);
    }
  });

  test('of a visitor who is not signed in is empty', async () => {
    const { browser } = await threeDevices();
    expect(await browser().visit((session) => session.signIns())).toEqual([]);
    expect(await browser().visit((session) => session.signOutOthers())).toBe(0);
  });
});

describe('signing out', () => {
  test('on all other devices leaves this one and other people alone', async () => {
    const { laptop, phone, bens } = await threeDevices();
    expect(await laptop.visit((session) => session.signOutOthers())).toBe(1);
    expect(await Promise.all([laptop, phone, bens].map(signedIn))).toEqual([true, false, true]);
  });

  test('on one device by its id', async () => {
    const { laptop, phone } = await threeDevices();
    const [other] = await laptop.visit((session) => session.signIns());
    expect(await laptop.visit((session) => session.endSignIn(other?.id ?? ''))).toBe('ended');
    expect(await Promise.all([laptop, phone].map(signedIn))).toEqual([true, false]);
    expect(await laptop.visit((session) => session.endSignIn(other?.id ?? ''))).toBe('unknown');
  });

  test('of this device by its id drops the cookie', async () => {
    const { laptop, phone } = await threeDevices();
    const own = (await laptop.visit((session) => session.signIns())).find(({ current }) => current);
    expect(await laptop.visit((session) => session.endSignIn(own?.id ?? ''))).toBe('ended');
    expect(laptop.header).toBe(undefined);
    expect(await signedIn(phone)).toBe(true);
  });

  test('CVE-2025-71400: by the id of somebody else’s sign-in does nothing', async () => {
    const { laptop, bens } = await threeDevices();
    const [his] = await bens.visit((session) => session.signIns());
    expect(await laptop.visit((session) => session.endSignIn(his?.id ?? ''))).toBe('unknown');
    expect(await signedIn(bens)).toBe(true);
  });

  test('of others that fails for one ends the rest, and says so', async () => {
    const { laptop, phone, browser, store, app } = await threeDevices();
    const tablet = browser();
    await tablet.visit((session) => session.signIn(ada));
    const end = store.endSignIn.bind(store);
    let calls = 0;
    Object.assign(app.store, {
      endSignIn: (...given: Parameters<typeof end>) => {
        calls += 1;
        return calls === 1 ? Promise.reject(new Error('away')) : end(...given);
      },
    });
    await expect(laptop.visit((session) => session.signOutOthers())).rejects.toThrow('away');
    expect((await Promise.all([tablet, phone].map(signedIn))).sort()).toEqual([false, true]);
  });
});
