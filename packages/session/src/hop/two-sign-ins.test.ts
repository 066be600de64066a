import type { TestBrowser } from '@latchkey/testkit';
import { describe, expect, test } from 'vitest';
import {
  createKittenFamily,
  type KittenFamily,
  login,
  see,
  toys,
} from '../../test/kitten-family.ts';
import { realmKey } from '../realm.ts';
import type { Slot } from '../session-store.ts';

const ada = { id: 'ada', email: 'ada@kittens.example', name: 'Ada' };

interface TwoSignIns extends KittenFamily {
  readonly browser: KittenFamily['browser'];
  readonly tab: TestBrowser;
  readonly earlier: Slot;
  readonly later: Slot;
  /** Two hops that this browser began: whoever is signed in at the login host when one goes on arrives. */
  readonly hops: readonly [string, string];
}

/** A browser whose login host forgot the person, so that the same person signed in twice. */
async function twoSignIns(): Promise<TwoSignIns> {
  const family = createKittenFamily();
  const earlier = await family.host.signIn({ account: ada });
  family.clock.advance(60_000);
  const later = await family.host.signIn({ account: ada });
  const tab = family.browser();
  const begin = async (): Promise<string> =>
    (await tab.send(`${toys}/private`)).headers.get('location') ?? '';
  return { ...family, tab, earlier, later, hops: [await begin(), await begin()] };
}

async function arrive({ tab, host }: TwoSignIns, hop: string, slot: Slot): Promise<number> {
  tab.setCookie(login, host.cookieLine(slot));
  return (await tab.visit(hop)).response.status;
}

describe('an arrival at an app where the same person is signed in by another sign-in', () => {
  test('of a later one ends the earlier over the login host', async () => {
    const bench = await twoSignIns();
    const { store, tab, earlier, later, hops, events } = bench;
    expect(await arrive(bench, hops[0], earlier)).toBe(200);
    expect(await arrive(bench, hops[1], later)).toBe(200);
    expect(await store.readSignIn(earlier)).toBeNull();
    expect(await store.readSignIn(later)).not.toBeNull();
    expect((await see(tab, `${toys}/`)).name).toBe('Ada');
    expect(events).toEqual([]);
  });

  test('of a later one ends the earlier in the store while the login host is away, and reports it', async () => {
    const bench = await twoSignIns();
    const { host, store, earlier, later, hops } = bench;
    await arrive(bench, hops[0], earlier);
    const { tab } = bench;
    tab.setCookie(login, host.cookieLine(later));
    const back = (await tab.send(hops[1])).headers.get('location') ?? '';
    host.isAway = true;
    expect((await tab.visit(back)).response.status).toBe(200);
    expect(await store.readSignIn(earlier)).toBeNull();
    expect(await store.readReports(realmKey(login), 10)).toMatchObject([
      { slot: earlier, cause: 'replaced' },
    ]);
  });

  test('of an earlier one changes nothing, and its token is used up', async () => {
    const bench = await twoSignIns();
    const { host, store, tab, earlier, later, hops } = bench;
    await arrive(bench, hops[0], later);
    await tab.visit(`${toys}/set?cart=apple`);
    tab.setCookie(login, host.cookieLine(earlier));
    const back = (await tab.send(hops[1])).headers.get('location') ?? '';
    const stranger = tab.copy();
    stranger.dropCookies((name) => !name.includes('flow'));
    const before = tab.cookieHeader(toys);
    const arrived = await tab.send(back);
    expect(arrived.headers.get('location')).toBe(`${toys}/private`);
    expect(tab.cookieHeader(toys)).toBe(before);
    expect(await see(tab, `${toys}/`)).toMatchObject({ name: 'Ada', data: { cart: 'apple' } });
    for (const slot of [earlier, later]) expect(await store.readSignIn(slot)).not.toBeNull();
    const replayed = await stranger.send(back);
    expect(replayed.headers.get('location')).toContain(`${login}/handshake?`);
  });

  test('of another person ends nobody’s sign-in', async () => {
    const bench = await twoSignIns();
    const { host, store, tab, earlier, hops } = bench;
    const account = { id: 'ben', email: 'ben@kittens.example', name: 'Ben' };
    const ben = await host.signIn({ account });
    await arrive(bench, hops[0], earlier);
    await arrive(bench, hops[1], ben);
    expect((await see(tab, `${toys}/`)).name).toBe('Ben');
    expect(await store.readSignIn(earlier)).not.toBeNull();
  });
});
