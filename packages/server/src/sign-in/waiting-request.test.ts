import { randomBytes } from 'node:crypto';
import { defineFamily } from '@latchkey/session';
import { realmsOf, resolveScope } from '@latchkey/session/parts';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { realms } from '../../test/realm.ts';
import { judgeReturnTo } from '../browser/return-to.ts';
import { createWaitingRequests, type WaitingRequests } from './waiting-request.ts';

const origin = 'https://login.kittens.example';
const cookie = resolveScope({ origin, key: 'kittens_login' });
const path = '/oidc/authorize?client_id=wiki&prompt=login&state=%E4%BD%A0+x';
let clock: number;
let waiting: WaitingRequests;

const make = (secrets: readonly string[], realm = realms): WaitingRequests =>
  createWaitingRequests({
    family: { secrets, realm },
    cookie,
    platform: { now: () => clock, randomBytes },
  });
const asked = (target: string, browser = ''): Request =>
  new Request(origin + target, { headers: { cookie: browser } });

beforeEach(() => {
  clock = 1_800_000_000_000;
  waiting = make(['the secret of the family']);
});

/** A form shown for the request, in a browser of its own. */
function show(target = path): { readonly held: string; readonly browser: string } {
  const { returnTo, cookies } = waiting.hold(asked(target));
  return { held: returnTo, browser: cookies[0]?.split(';')[0] ?? '' };
}

test('a request comes back as it was, with the moment at which its form was shown', () => {
  const { held, browser } = show();
  clock += 60_000;
  expect(waiting.read(asked(held, browser))).toEqual({
    path,
    wish: null,
    askedAt: 1_800_000_000_000,
  });
});

test('a form shown again has the moment of now, under the cookie that is there', () => {
  const { held, browser } = show();
  clock += 1;
  const again = waiting.hold(asked(held, browser));
  expect(again.cookies).toEqual([]);
  expect(waiting.read(asked(again.returnTo, browser)).askedAt).toBe(clock);
});

test('the moment counts for an hour; the request goes on all the same', () => {
  const { held, browser } = show();
  clock += 3_600_000;
  expect(waiting.read(asked(held, browser)).askedAt).not.toBeNull();
  clock += 1;
  expect(waiting.read(asked(held, browser))).toEqual({ path, wish: null, askedAt: null });
});

test('a seal fits no other request, browser or family', () => {
  const { held, browser } = show();
  const other = show('/oidc/authorize?client_id=wiki&prompt=login');
  const seal = held.slice(held.lastIndexOf('&'));
  const strangers = make(['the secret of another family']);
  expect(waiting.read(asked(held, other.browser)).askedAt).toBeNull();
  expect(waiting.read(asked(held)).askedAt).toBeNull();
  expect(waiting.read(asked(`${path}&max_age=0${seal}`, browser)).askedAt).toBeNull();
  expect(waiting.read(asked(path, browser)).askedAt).toBeNull();
  expect(strangers.read(asked(held, browser)).askedAt).toBeNull();
  const staging = make(['the secret of the family'], realmsOf('https://login.staging.example', []));
  expect(staging.read(asked(held, browser)).askedAt).toBeNull();
});

test('a seal under an older secret of the family, or from before its login host moved, is taken', () => {
  const { held, browser } = show();
  const rotated = make(['the secret from now on', 'the secret of the family']);
  expect(rotated.read(asked(held, browser)).askedAt).toBe(clock);
  const moved = realmsOf('https://sign-in.kittens.example', ['https://login.kittens.example']);
  expect(make(['the secret of the family'], moved).read(asked(held, browser)).askedAt).toBe(clock);
});

test('with any one character changed it says nothing', () => {
  const { held, browser } = show();
  const start = held.lastIndexOf('=') + 1;
  for (let at = start; at < held.length; at += 1) {
    for (const letter of ['A', 'z', '_']) {
      if (held[at] === letter) continue;
      const changed = held.slice(0, at) + letter + held.slice(at + 1);
      expect(waiting.read(asked(changed, browser)).askedAt).toBeNull();
    }
  }
});

test('whatever a browser writes into a request line comes back through the form, as the same request', () => {
  const family = defineFamily({
    name: 'Kittens',
    loginHost: origin,
    store: 'memory:',
    apps: { shop: { origin: 'https://shop.example' } },
  });
  const characters = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at));
  const written = fc.string({
    unit: fc.constantFrom(...characters.filter((one) => one !== '#')),
    maxLength: 60,
  });
  fc.assert(
    fc.property(written, (query) => {
      const target = `/oidc/authorize?a=1&b=${query}`;
      const { held, browser } = show(target);
      const returnTo = judgeReturnTo(family, held)?.returnTo ?? '';
      const read = waiting.read(asked(returnTo, browser));
      expect(read.askedAt).toBe(clock);
      const meant = new URL(origin + target).searchParams;
      for (const name of ['latchkey_asked', 'latchkey_wish']) meant.delete(name);
      expect([...new URL(origin + read.path).searchParams]).toEqual([...meant]);
    }),
    { numRuns: 1_000 },
  );
});

test('whatever an app writes, nothing is thrown, and nothing counts', () => {
  const { browser } = show();
  const text = fc.string({ maxLength: 60 });
  fc.assert(
    fc.property(text, text, (seal, wish) => {
      const query = new URLSearchParams({ latchkey_asked: seal, latchkey_wish: wish });
      const read = waiting.read(asked(`/handshake?app=toys&${query}`, browser));
      expect([read.path, read.askedAt]).toEqual(['/handshake?app=toys', null]);
    }),
  );
});
