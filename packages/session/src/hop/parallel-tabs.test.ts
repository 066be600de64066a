import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createFamilyApp } from '../app/family-app.ts';
import { deriveAppKey, derivePurposeKey } from '../app-key.ts';
import { defineFamily } from '../config/define-family.ts';
import { readState } from '../handshake/flow.ts';
import { mintToken } from '../handshake/token.ts';
import { createSlot } from '../session-id/session-id.ts';
import { createMemoryStore } from '../store/memory.ts';

const store = createMemoryStore();
const origin = 'https://toys.example';
const family = defineFamily({
  name: 'Kittens',
  loginHost: 'https://login.kittens.example',
  store,
  apps: { toys: { origin } },
});
const appKey = deriveAppKey('a secret for tests alone, no other', 'toys');
const app = createFamilyApp({ family, app: 'toys', appKey });

/** One tab begins a hop with what the browser has; answers with its state and the cookie that it sets. */
async function beginHop(cookies: string): Promise<{ state: string; cookie: string }> {
  const headers = { cookie: cookies };
  const request = new Request(`${origin}/sign-in?return_to=/private`, { headers });
  const response = await app.respond(request, await app.open(cookies));
  const hop = new URL(response.headers.get('location') ?? '');
  const [line = ''] = response.headers.getSetCookie();
  return { state: hop.searchParams.get('state') ?? '', cookie: line.split(';')[0] ?? '' };
}

/** What a browser has that took these cookies: one of each name, the last that was set. */
const jarOf = (lines: readonly string[]): string =>
  [...new Map(lines.map((line) => [line.split('=')[0], line])).values()].join('; ');

test('ten tabs that begin at once, knowing nothing of each other, all arrive', async () => {
  const begun = await Promise.all(Array.from({ length: 10 }, () => beginHop('')));
  const cookies = jarOf(begun.map(({ cookie }) => cookie));
  const slot = createSlot(randomBytes);
  const now = store.now();
  await store.createSignIn(
    slot,
    {
      version: 1,
      id: crypto.randomUUID(),
      account: { id: crypto.randomUUID(), email: 'ben@kittens.example', name: 'Ben' },
      provedAt: now,
      methods: ['pwd'],
      device: '',
      place: '',
      remembered: false,
      apps: { toys: null },
      createdAt: now,
      idleSeconds: 600,
      absoluteSeconds: 600,
    },
    family.realm.present,
  );
  const arrive = async (state: string): Promise<URL> => {
    const key = derivePurposeKey(appKey, 'handshake token', family.realm.present);
    const token = mintToken(key, { app: 'toys', origin, state, slot, at: now }, randomBytes);
    const query = new URLSearchParams({ token, state });
    const headers = { cookie: cookies };
    const arrival = new Request(`${origin}/_latchkey/handshake?${query}`, { headers });
    const response = await app.respond(arrival, await app.open(cookies));
    return new URL(response.headers.get('location') ?? '');
  };
  for (const { state } of begun) {
    let place = await arrive(state);
    // Its cookie was taken by another tab under the same name: once more, by the one that is there now.
    if (place.origin !== origin) {
      const again = place.searchParams.get('state') ?? '';
      expect(readState(again)).toEqual({ returnPath: '/private', isSecond: true });
      place = await arrive(again);
    }
    expect(place.href).toBe(`${origin}/private`);
  }
});

test('three hundred hops begun at once leave 4,000 bytes of cookies in a browser, and no more', async () => {
  const begun = await Promise.all(Array.from({ length: 300 }, () => beginHop('')));
  const cookies = jarOf(begun.map(({ cookie }) => cookie));
  expect(cookies.length).toBeGreaterThan(2_000);
  expect(cookies.length).toBeLessThanOrEqual(4_000);
  expect((await beginHop(cookies)).cookie).toBe(cookies.split('; ')[0]);
});

test('a tab that begins later goes on with the flow that is there', async () => {
  const first = await beginHop('');
  const second = await beginHop(first.cookie);
  expect(second.cookie).toBe(first.cookie);
});

test('a flow cookie with a name that is not ours is not set again under it', async () => {
  const { cookie } = await beginHop('');
  const [name = '', value = ''] = cookie.split('=');
  const again = await beginHop(`${name}-and-more=${value}`);
  expect(again.cookie.split('=')[0]).toMatch(/^__Host-latchkey_flow_toys_[0-9a-z]{1,2}$/);
  expect(again.cookie.split('=')[1]).not.toBe(value);
});
