import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { realm, realms } from '../../test/realm.ts';
import { type AppKey, deriveAppKey } from '../app-key.ts';
import { createPlatform, type Platform } from '../platform.ts';
import { createSlot } from '../session-id/session-id.ts';
import {
  type AppSignOutCall,
  appSignOutPath,
  callAppSignOut,
  callSignatureHeader,
  verifyAppSignOut,
} from './login-host-call.ts';

const secret = 'a family secret of at least 32 characters';
const login = 'https://login.kittens.example';
const family = { loginHost: { origin: login }, realm: realms };
const now = Date.UTC(2026, 0, 1);
const slot = createSlot(randomBytes);
const call: AppSignOutCall = { app: 'toys', slot, cause: 'sign-out', at: now };

function keysOf(app: string): readonly AppKey[] {
  return ['toys', 'shop'].includes(app) ? [deriveAppKey(secret, app)] : [];
}

const known = { keysOf, realm };

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
  readonly body: string;
  readonly signature: string;
}

/** What an app sends for a call, as the login host gets it. */
async function send(given: AppSignOutCall, key = deriveAppKey(secret, given.app)): Promise<Sent> {
  const sent: Sent[] = [];
  const fetch: Platform['fetch'] = async (url, init = {}) => {
    const signature = new Headers(init.headers).get(callSignatureHeader) ?? '';
    sent.push({ url, init, body: String(init.body), signature });
    return Response.json({ ticket: null });
  };
  await callAppSignOut({ ...family, key, platform: createPlatform({ fetch }) }, given);
  const [only] = sent;
  if (only === undefined || sent.length > 1) throw new Error('not one call');
  return only;
}

describe('a call', () => {
  test('arrives whole, with its signature, at the one path; redirects are not followed', async () => {
    const { url, init, body, signature } = await send(call);
    expect(url).toBe(`${login}${appSignOutPath}`);
    expect(init).toMatchObject({ method: 'POST', redirect: 'error' });
    expect(init.signal).toBeInstanceOf(AbortSignal);
    expect(verifyAppSignOut({ body, signature }, known, now)).toEqual(call);
  });

  test.each([['the-ticket'], [null]])('gives the ticket %j that it gets', async (ticket) => {
    const platform = createPlatform({ fetch: async () => Response.json({ ticket }) });
    const key = deriveAppKey(secret, 'toys');
    expect(await callAppSignOut({ ...family, key, platform }, call)).toBe(ticket);
  });

  test.each([
    ['a refusal', async () => new Response(null, { status: 403 })],
    ['a success of another kind', async () => new Response('ok', { status: 200 })],
    ['a success without a word of a ticket', async () => Response.json({ ok: true })],
    ['a ticket of another form', async () => Response.json({ ticket: '<b>' })],
    ['an empty answer', async () => new Response(null, { status: 204 })],
    ['a page', async () => new Response('<html>', { status: 503 })],
    ['no answer', async () => Promise.reject(new TypeError('fetch failed'))],
  ])('that gets %s is not confirmed', async (_what, fetch) => {
    const key = deriveAppKey(secret, 'toys');
    await expect(
      callAppSignOut({ ...family, key, platform: createPlatform({ fetch }) }, call),
    ).rejects.toMatchObject({
      code: 'login_host_unavailable',
      cause: expect.any(Error),
    });
  });
});

describe('verifyAppSignOut', () => {
  test.each([
    [300_000, true],
    [300_001, false],
    [-300_000, true],
    [-300_001, false],
  ])('with clocks %i milliseconds apart: %j', async (apart, isTaken) => {
    const { body, signature } = await send(call);
    expect(verifyAppSignOut({ body, signature }, known, now + apart) !== null).toBe(isTaken);
  });

  test('says why: the person signed out here, or ended another device', async () => {
    const { body, signature } = await send({ ...call, cause: 'revoked-by-person' });
    expect(verifyAppSignOut({ body, signature }, known, now)?.cause).toBe('revoked-by-person');
  });

  test('takes a call that says no cause for a sign-out', async () => {
    const { cause: _cause, ...older } = call;
    const { body, signature } = await send(older as AppSignOutCall);
    expect(body).not.toContain('cause');
    expect(verifyAppSignOut({ body, signature }, known, now)).toEqual(call);
  });

  test.each(['account-suspended', 'idle', '', 'constructor', null, 7])(
    'refuses the cause %j: it is not for an app to say',
    async (cause) => {
      const { body, signature } = await send({ ...call, cause } as unknown as AppSignOutCall);
      expect(verifyAppSignOut({ body, signature }, known, now)).toBe(null);
    },
  );

  test('refuses a call signed by another app, another family or an unknown one', async () => {
    for (const key of [deriveAppKey(secret, 'shop'), deriveAppKey('another secret', 'toys')]) {
      const { body, signature } = await send(call, key);
      expect(verifyAppSignOut({ body, signature }, known, now)).toBe(null);
    }
    const unknown = await send({ ...call, app: 'wiki' });
    expect(verifyAppSignOut(unknown, known, now)).toBe(null);
  });

  test('takes a call signed under any key of the app, while keys are rotated', async () => {
    const { body, signature } = await send(call);
    const both = () => [deriveAppKey('a new secret', 'toys'), deriveAppKey(secret, 'toys')];
    expect(verifyAppSignOut({ body, signature }, { keysOf: both, realm }, now)).toEqual(call);
  });

  test('refuses a body with any one character changed', async () => {
    const { body, signature } = await send(call);
    for (let at = 0; at < body.length; at += 1) {
      const letter = body[at] === '1' ? '2' : '1';
      const changed = body.slice(0, at) + letter + body.slice(at + 1);
      expect(verifyAppSignOut({ body: changed, signature }, known, now)).toBe(null);
    }
    expect(verifyAppSignOut({ body: `${body} `, signature }, known, now)).toBe(null);
  });

  test('refuses a missing, empty, short, long or changed signature', async () => {
    const { body, signature } = await send(call);
    const flipped = `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`;
    for (const bad of [null, '', signature.slice(0, -2), `${signature}AA`, flipped, 'é', '{}']) {
      expect(verifyAppSignOut({ body, signature: bad }, known, now)).toBe(null);
    }
  });

  test.each([
    '',
    'null',
    '[]',
    '1',
    '{}',
    '{"app":"toys"}',
    `{"app":"toys","slot":"${slot}"}`,
    `{"app":"toys","slot":"${slot}","at":"${now}"}`,
    `{"app":["toys"],"slot":"${slot}","at":${now}}`,
    `{"app":"toys","slot":"short","at":${now}}`,
    `{"app":"toys","slot":"${slot}","at":1e999}`,
    `{"app":"toys","slot":["${slot}"],"at":${now}}`,
  ])('refuses the body %s however it is signed', (body) => {
    expect(verifyAppSignOut({ body, signature: 'A'.repeat(43) }, known, now)).toBe(null);
  });

  test('no text makes it throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.string(), (body, signature) => {
        expect(verifyAppSignOut({ body, signature }, known, now)).toBe(null);
      }),
    );
  });
});
