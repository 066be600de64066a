import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  deriveAppKey,
  derivePurposeKey,
  mintToken,
  realmKey,
  type Slot,
} from '@latchkey/session/parts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DevelopmentFamily, startDevelopmentFamily, until } from './family.ts';
import { statusOfMe } from './http.ts';
import { createVisitor, signInByForm, type Visitor } from './visitor.ts';

let family: DevelopmentFamily;
/** The toys listen in two processes, as behind a balancer. */
let ports: readonly [number, number];
let toys: string;
beforeAll(async () => {
  family = await startDevelopmentFamily();
  toys = family.origin('toys');
  const file = fileURLToPath(new URL('./second-toys.ts', import.meta.url));
  const second = await family.startBeside('toys', file);
  await until(() => /Second toys on port \d+/.test(second.output()), 'the second process');
  const port = Number(/Second toys on port (\d+)/.exec(second.output())?.[1]);
  ports = [Number(new URL(toys).port), port];
});
afterAll(() => family?.stop());

/** An arrival that the app has not seen. */
interface Arrival {
  readonly token: string;
  readonly state: string;
}

/** Begins at the toys, goes to the login host, and stops before the arrival. */
async function startHop(visitor: Visitor, path = '/private'): Promise<Arrival> {
  const hop = await visitor.go(`${toys}${path}`);
  const back = await visitor.go(hop.headers.get('location') ?? '');
  const url = new URL(back.headers.get('location') ?? '');
  expect(url.origin).toBe(toys);
  const { token = '', state = '' } = Object.fromEntries(url.searchParams);
  return { token, state };
}

/** Arrives in one of the two processes, with this visitor's cookies; answers status and `Set-Cookie` lines. */
function arrive(
  cookie: string,
  { token, state }: Arrival,
  extra: { readonly process?: 0 | 1; readonly host?: string } = {},
): Promise<{
  readonly status: number;
  readonly location: string;
  readonly cookies: readonly string[];
}> {
  const query = new URLSearchParams({ token, state });
  const headers = { host: extra.host ?? new URL(toys).host, cookie };
  const target = { host: '127.0.0.1', port: ports[extra.process ?? 0] };
  const path = `/_latchkey/handshake?${query}`;
  return new Promise((done, fail) => {
    request({ ...target, path, headers }, (response) => {
      response.resume();
      const { location = '', 'set-cookie': cookies = [] } = response.headers;
      done({ status: response.statusCode ?? 0, location, cookies });
    })
      .on('error', fail)
      .end();
  });
}

/** The session cookies that an answer sets or clears. */
function sessionsIn(cookies: readonly string[]): readonly string[] {
  return cookies.filter((line) => line.includes('session'));
}

async function signedIn(person = 'ben'): Promise<Visitor> {
  const visitor = createVisitor();
  await signInByForm(visitor, family, person);
  return visitor;
}

test('one token shown to both processes opens one session', async () => {
  const visitor = await signedIn();
  const arrival = await startHop(visitor);
  const cookie = visitor.cookiesFor(toys);
  expect((await arrive(cookie, arrival, { process: 1 })).location).toBe(`${toys}/private`);
  for (const process of [0, 1] as const) {
    const again = await arrive(cookie, arrival, { process });
    expect(again.location).toContain('/handshake?');
    expect(sessionsIn(again.cookies)).toEqual([]);
  }
});

test('fifty at once over both processes: exactly one wins', async () => {
  const visitor = await signedIn();
  const arrival = await startHop(visitor);
  const cookie = visitor.cookiesFor(toys);
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      arrive(cookie, arrival, { process: index % 2 === 0 ? 0 : 1 }),
    ),
  );
  const [entered, over] = ['/private', '/handshake?'].map((way) =>
    answers.filter(({ location }) => location.includes(way)),
  );
  expect([entered?.length, over?.length]).toEqual([1, 49]);
  for (const { cookies } of over ?? []) expect(sessionsIn(cookies)).toEqual([]);
});

test('a stolen link opens nothing in another browser, whether it knows the app or not', async () => {
  const attacker = await signedIn('ada');
  const stolen = await startHop(attacker);
  expect((await arrive('', stolen)).location).toContain('/handshake?');
  const victim = await signedIn('ben');
  await victim.follow(`${toys}/private`);
  const before = victim.cookiesFor(toys);
  const answer = await arrive(before, stolen);
  expect([answer.location, answer.cookies]).toEqual([`${toys}/private`, []]);
  expect(await statusOfMe(toys, before)).toBe(200);
});

test('a token is good for its own state alone', async () => {
  const visitor = await signedIn();
  const one = await startHop(visitor, '/private?n=1');
  const two = await startHop(visitor, '/private?n=2');
  const cookie = visitor.cookiesFor(toys);
  expect((await arrive(cookie, { token: one.token, state: two.state })).status).toBe(400);
  expect((await arrive(cookie, one)).location).toBe(`${toys}/private?n=1`);
  expect((await arrive(cookie, two)).location).toBe(`${toys}/private?n=2`);
});

test('a token of another app, or sent to another host, is refused', async () => {
  const visitor = await signedIn();
  const { state } = await startHop(visitor);
  const cookie = visitor.cookiesFor(toys);
  const forShop = await visitor.go(
    `${family.origin('login')}/handshake?app=shop&state=${encodeURIComponent(state)}`,
  );
  const token = new URL(forShop.headers.get('location') ?? '').searchParams.get('token') ?? '';
  expect(token).not.toBe('');
  expect((await arrive(cookie, { token, state })).status).toBe(400);
  const own = await startHop(visitor);
  const wrong = await arrive(cookie, own, { host: 'evil.example' });
  expect(wrong.status).toBe(421);
  expect((await arrive(cookie, own)).status).toBe(303);
});

test('a token with any one bit turned is refused, and the true one still works', async () => {
  const visitor = await signedIn();
  const arrival = await startHop(visitor);
  const cookie = visitor.cookiesFor(toys);
  const bytes = Buffer.from(arrival.token, 'base64url');
  const turned = Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const copy = Buffer.from(bytes);
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return copy.toString('base64url');
  });
  const cut = [arrival.token.slice(1), arrival.token.slice(0, -1), `${arrival.token}A`];
  for (const token of [...turned, ...cut]) {
    const { status, cookies } = await arrive(cookie, { ...arrival, token });
    expect(status).toBe(400);
    expect(cookies).toEqual([]);
  }
  expect((await arrive(cookie, arrival)).status).toBe(303);
});

test('only a token of now, under the key of this app, opens', async () => {
  const visitor = await signedIn();
  const { state } = await startHop(visitor);
  const cookie = visitor.cookiesFor(toys);
  const slot = /session=([^.]{16})\./.exec(visitor.cookiesFor(family.origin('shop')))?.[1] as Slot;
  const secret = (await readFile(join(family.dataFolder, 'family-secret'), 'utf8')).trim();
  const realm = realmKey(family.origin('login'));
  const mint = (at: number, { origin = toys, app = 'toys', from = secret } = {}): string => {
    const key = derivePurposeKey(deriveAppKey(from, app), 'handshake token', realm);
    return mintToken(key, { app: 'toys', origin, state, slot, at }, randomBytes);
  };
  const now = Date.now();
  const refused = [
    mint(now + 30_000),
    mint(now, { origin: family.origin('shop') }),
    mint(now, { app: 'shop' }),
    mint(now, { from: 'another secret of enough characters' }),
  ];
  for (const token of refused) expect((await arrive(cookie, { token, state })).status).toBe(400);
  const late = await arrive(cookie, { token: mint(now - 61_000), state });
  expect(late.location).toContain('/handshake?');
  expect((await arrive(cookie, { token: mint(now), state })).status).toBe(303);
});

test('a token in flight while the sign-in ends opens nothing', async () => {
  const visitor = await signedIn();
  const arrival = await startHop(visitor);
  const origin = family.origin('shop');
  await visitor.go(`${origin}/sign-out`, { method: 'POST', headers: { origin } });
  for (const process of [0, 1] as const) {
    const answer = await arrive(visitor.cookiesFor(toys), arrival, { process });
    expect(answer.location).toContain('/handshake?');
    expect(sessionsIn(answer.cookies)).toEqual([]);
  }
});

test('arrivals racing a sign-out never leave a session behind', async () => {
  for (let round = 0; round < 5; round += 1) {
    const visitor = await signedIn();
    const arrivals = [await startHop(visitor, '/private?a'), await startHop(visitor, '/private?b')];
    const cookie = visitor.cookiesFor(toys);
    const origin = family.origin('shop');
    const [, ...answers] = await Promise.all([
      visitor.go(`${origin}/sign-out`, { method: 'POST', headers: { origin } }),
      ...arrivals.map((arrival, index) =>
        arrive(cookie, arrival, { process: index === 0 ? 0 : 1 }),
      ),
    ]);
    for (const { cookies } of answers) {
      const session = cookies.find((line) => line.includes('session')) ?? '';
      expect(await statusOfMe(toys, session.split(';')[0] ?? '')).toBe(401);
    }
  }
});
