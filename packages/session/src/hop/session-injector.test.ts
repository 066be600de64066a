import { hostileDestinations } from '@latchkey/testkit';
import { describe, expect, test } from 'vitest';
import {
  catchArrival,
  createKittenFamily,
  type KittenFamily,
  login,
  secret,
  see,
  shop,
  toys,
} from '../../test/kitten-family.ts';
import { latchkey } from '../adapters/web.ts';
import { createFamilyApp } from '../app/family-app.ts';
import { deriveAppKey } from '../app-key.ts';
import { defineFamily } from '../config/define-family.ts';
import { readState } from '../handshake/flow.ts';

// What was wrong with the session_injector gem, one after the other, at the handshake of a family. The same list for apps
// without a login host: packages/session/src/peer-handshake/attacks.test.ts.

async function ready(family: KittenFamily = createKittenFamily()) {
  const slot = await family.host.signIn();
  const owner = family.browserOf(slot);
  return { ...family, slot, owner, arrival: await catchArrival(owner, `${toys}/private`) };
}

const cookieOf = (header = ''): string => /kittens_toys=([^;]+)/.exec(header)?.[1] ?? '';

test('no binding at all: a token opened in a second browser fails', async () => {
  const { arrival, browser } = await ready();
  const second = browser();
  expect((await second.send(arrival.href)).headers.get('location')).toMatch(`${login}/handshake?`);
  expect(await see(second, `${toys}/`)).toMatchObject({ name: null });
});

test.each([
  [59_999, `${toys}/private`],
  [60_000, `${login}/handshake`],
  [60_001, `${login}/handshake`],
  [4_999_000, `${login}/handshake`],
])('83 minutes: a token %i ms old leads to %s', async (age, place) => {
  const { clock, owner, arrival } = await ready();
  clock.advance(age);
  const location = (await owner.send(arrival.href)).headers.get('location');
  expect(location?.split('?')[0]).toBe(place);
});

test.each([
  [5_000, 303],
  [5_001, 400],
])('negative age: a token from a clock %i ms ahead gives %i', async (ahead, status) => {
  const family = createKittenFamily();
  family.clock.advance(ahead);
  const { clock, owner, arrival } = await ready(family);
  clock.advance(-ahead);
  expect((await owner.send(arrival.href)).status).toBe(status);
});

test('replay unlimited: of fifty redemptions at once exactly one wins', async () => {
  const { owner, arrival } = await ready();
  const copies = Array.from({ length: 50 }, () => owner.copy());
  const responses = await Promise.all(copies.map((copy) => copy.send(arrival.href)));
  const ways = responses.map(({ headers }) => headers.get('location'));
  expect(ways.filter((way) => way === `${toys}/private`)).toHaveLength(1);
});

test('session in the token: it is short, without a cookie value, and the new session has an id of its own', async () => {
  const { owner, arrival } = await ready();
  await owner.visit(`${shop}/sign-in`);
  const token = arrival.searchParams.get('token') ?? '';
  expect(token).toMatch(/^[A-Za-z0-9_-]{63}$/);
  await owner.visit(arrival.href);
  const ids = [
    cookieOf(owner.cookieHeader(toys)),
    /kittens=([^;]+)/.exec(owner.cookieHeader(shop) ?? '')?.[1],
  ];
  expect(ids[0]?.slice(17)).not.toBe(ids[1]?.slice(17));
  for (const id of ids) expect(arrival.href).not.toContain(id);
});

test('blanking: who is not signed in at the login host keeps what the app had', async () => {
  const { browser } = createKittenFamily();
  const visitor = browser();
  await visitor.visit(`${toys}/set?cart=apple`);
  await visitor.visit(`${toys}/sign-in`);
  expect((await see(visitor, `${toys}/`)).data).toEqual({ cart: 'apple' });
});

test('persistence gap: the arrival sets a cookie of its own, and the second request is signed in', async () => {
  const { owner, arrival } = await ready();
  const { responses } = await owner.visit(arrival.href);
  expect(responses[0]?.headers.getSetCookie().join('\n')).toMatch(/__Host-kittens_toys=/);
  expect((await owner.visit(`${toys}/private`)).urls).toHaveLength(1);
});

test.each(hostileDestinations(toys))(
  'open redirect: $value is no destination ($what)',
  async ({ value }) => {
    const { browser } = createKittenFamily();
    const query = new URLSearchParams({ return_to: value.toWellFormed() });
    const response = await browser().send(`${toys}/sign-in?${query}`);
    const location = response.headers.get('location');
    if (location === null) return expect(response.status).toBe(400);
    // Too long to be carried: to the home page.
    const state = new URL(location).searchParams.get('state') ?? '';
    const { length } = new URL(value, toys).href;
    expect([length > 2_000, readState(state)?.returnPath]).toEqual([true, '/']);
  },
);

test('X-Forwarded-Host: the audience is the configured app, whatever an unlisted peer says', async () => {
  const { owner, arrival } = await ready();
  const wrong = { host: 'evil.example', 'x-forwarded-host': 'toys.example' };
  expect((await owner.send(arrival.href, { headers: wrong })).status).toBe(421);
  const spoofed = { 'x-forwarded-host': 'evil.example' };
  const response = await owner.send(arrival.href, { headers: spoofed });
  expect(response.headers.get('location')).toBe(`${toys}/private`);
});

test('login CSRF: an attacker’s arrival opened by a victim changes nothing, signed in or not', async () => {
  const { arrival, browser, browserOf, host } = await ready();
  const victims = [browser(), browserOf(await host.signIn())];
  await victims[1]?.visit(`${toys}/sign-in`);
  const sessionOf = (header = ''): string => header.replace(/(; )?__Host-latchkey_flow_[^;]+/, '');
  for (const victim of victims) {
    const before = await see(victim, `${toys}/`);
    const cookies = sessionOf(victim.cookieHeader(toys));
    await victim.send(arrival.href);
    expect(await see(victim, `${toys}/`)).toEqual(before);
    expect(sessionOf(victim.cookieHeader(toys))).toBe(cookies);
  }
});

test('parameter never stripped: 303 to the clean URL, no Referer, no cache, nothing in an event', async () => {
  const { owner, arrival, events } = await ready();
  const { urls, responses } = await owner.visit(arrival.href);
  await owner.send(arrival.href);
  expect(urls).toEqual([arrival.href, `${toys}/private`]);
  expect(responses[0]?.headers.get('referrer-policy')).toBe('no-referrer');
  expect(responses[0]?.headers.get('cache-control')).toBe('no-store');
  expect(JSON.stringify(events)).not.toContain(arrival.searchParams.get('token'));
});

test('random key per process: two processes, with the keys rotated in between, take the same token', async () => {
  const { owner, arrival, store, clock, family } = await ready();
  const keys = ['the secret that the family has from now on', secret];
  const appKey = keys.map((one) => deriveAppKey(one, 'toys')).join(',');
  const other = createFamilyApp({ family, app: 'toys', appKey, platform: { now: clock.now } });
  const handler = latchkey(other)(() => new Response('page'));
  const request = (): Request =>
    new Request(arrival.href, {
      headers: { host: 'toys.example', cookie: owner.cookieHeader(toys) ?? '' },
    });
  const first = await handler(request());
  expect(first.headers.get('location')).toBe(`${toys}/private`);
  const second = await owner.send(arrival.href);
  expect(second.headers.get('location')).toContain(`${login}/handshake?`);
  expect(await store.ping()).toBe(undefined);
});

test('scheme not bound: an app on http is refused at start', () => {
  const parts = { name: 'Kittens', loginHost: login, store: 'memory:' };
  expect(() =>
    defineFamily({ ...parts, apps: { toys: { origin: 'http://toys.example' } } }),
  ).toThrow(expect.objectContaining({ code: 'option_invalid' }));
});

describe('reads the form body too: ', () => {
  test.each(['POST', 'PUT', 'HEAD'])('%s is no arrival', async (method) => {
    const { owner, arrival } = await ready();
    expect((await owner.send(arrival.href, { method })).status).toBe(405);
    expect((await owner.send(arrival.href)).status).toBe(303);
  });
});

test('no logout: once the sign-in has ended, neither token nor session opens the target', async () => {
  const { owner, arrival, slot, store } = await ready();
  await owner.visit(arrival.href);
  const next = await catchArrival(owner, `${shop}/private`);
  await store.endSignIn(slot, 'sign-out');
  expect(await see(owner, `${toys}/`)).toMatchObject({ name: null });
  expect((await owner.send(next.href)).headers.get('location')).toMatch(`${login}/handshake?`);
});
