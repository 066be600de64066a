import { LatchkeyError, openStore, type SessionStore } from '@latchkey/session';
import { base64url, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestApp, origin, type TestApp, type TestBrowser } from '../../test/test-app.ts';

const ben = { id: '11111111-1111-4111-8111-111111111111', sid: 'sid-of-ben' };
const backChannelEvent = 'http://schemas.openid.net/event/backchannel-logout';
const now = (): number => Math.floor(Date.now() / 1000);

let app: TestApp;
let browser: TestBrowser;

beforeEach(async () => {
  app = await createTestApp();
  browser = app.browser();
  await browser.signIn(ben);
});
afterEach(() => app.close());

test('a notice ends the sign-in in every tab, with 200 and nothing kept', async () => {
  const second = app.browser();
  await second.signIn(ben);
  const response = await app.notice(await app.issuer.logoutToken({ sid: ben.sid, sub: ben.id }));
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.getSetCookie()).toEqual([]);
  expect(await browser.me()).toBeNull();
  expect(await second.me()).toBeNull();
});

test('another sign-in of the same person lives on', async () => {
  const second = app.browser();
  await second.signIn({ ...ben, sid: 'second-sid' });
  await app.notice(await app.issuer.logoutToken({ sid: ben.sid, sub: ben.id }));
  expect(await second.me()).not.toBeNull();
});

test('a sub alone ends every sign-in of the account, and of nobody else', async () => {
  const second = app.browser();
  await second.signIn({ ...ben, sid: 'second-sid' });
  const ada = app.browser();
  await ada.signIn({ id: 'ada', sid: 'sid-of-ada' });
  expect((await app.notice(await app.issuer.logoutToken({ sub: ben.id }))).status).toBe(200);
  expect(await browser.me()).toBeNull();
  expect(await second.me()).toBeNull();
  expect(await ada.me()).not.toBeNull();
});

test('a notice finds the sign-ins from before the client secret was changed', async () => {
  const changed = app.restart({ clientSecret: 'another-secret-of-the-wiki-of-43-characters' });
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const who = async () =>
    (await (await changed.handle(new Request(origin, { headers: { cookie } }))).json()) as unknown;
  expect(await who()).toMatchObject({ account: { id: ben.id } });
  const token = await app.issuer.logoutToken({ sid: ben.sid, sub: ben.id });
  expect((await changed.notice(token)).status).toBe(200);
  expect(await who()).toMatchObject({ account: null });
});

test('a replay changes nothing: not even with a sub alone, after a new sign-in', async () => {
  const token = await app.issuer.logoutToken({ sub: ben.id });
  await app.notice(token);
  const later = app.browser();
  await later.signIn({ ...ben, sid: 'later-sid' });
  expect((await app.notice(token)).status).toBe(200);
  expect(await later.me()).not.toBeNull();
});

test('a sub alone that the store did not take is not taken for a replay when it is sent again', async () => {
  const memory = await openStore('memory:');
  let isDown = false;
  const endSignIn: SessionStore['endSignIn'] = (...given) =>
    isDown ? Promise.reject(unavailable()) : memory.endSignIn(...given);
  const flaky = await createTestApp({ store: { ...memory, endSignIn } });
  const visitor = flaky.browser();
  await visitor.signIn(ben);
  const token = await flaky.issuer.logoutToken({ sub: ben.id });
  isDown = true;
  expect((await flaky.notice(token)).status).toBe(503);
  isDown = false;
  expect((await flaky.notice(token)).status).toBe(200);
  expect(await visitor.me()).toBeNull();
});

test('an unknown sid and one that ended before are a success', async () => {
  for (const sid of ['unknown', ben.sid, ben.sid]) {
    expect((await app.notice(await app.issuer.logoutToken({ sid }))).status).toBe(200);
  }
});

test('a notice that arrives before the callback wins', async () => {
  const late = app.browser();
  const begun = await late.get('/sign-in');
  const link = app.issuer.authorize(begun.headers.get('location') ?? '', { ...ben, sid: 'early' });
  await app.notice(await app.issuer.logoutToken({ sid: 'early', sub: ben.id }));
  expect((await late.get(link)).status).toBe(400);
  expect(await late.me()).toBeNull();
});

test('a sid that is not a sign-in of the sub is refused', async () => {
  const token = await app.issuer.logoutToken({ sid: ben.sid, sub: 'somebody-else' });
  expect((await app.notice(token)).status).toBe(400);
  expect(await browser.me()).not.toBeNull();
});

const bad: readonly (readonly [string, Record<string, unknown>, Record<string, unknown>?])[] = [
  ['another audience', { aud: 'forum' }],
  ['no audience', { aud: undefined }],
  ['another issuer', { iss: 'https://evil.example' }],
  ['no issuer', { iss: undefined }],
  ['no event', { events: undefined }],
  ['an empty events member', { events: {} }],
  ['another event', { events: { 'https://example.com/event': {} } }],
  ['an event that is no object', { events: { [backChannelEvent]: 'x' } }],
  ['an event that is a list', { events: { [backChannelEvent]: [] } }],
  ['events that are a text', { events: backChannelEvent }],
  ['a nonce', { nonce: 'x' }],
  ['an empty nonce', { nonce: '' }],
  ['an expiry in the past', { iat: now() - 500, exp: now() - 380 }],
  ['no expiry', { exp: undefined }],
  ['an iat far ahead', { iat: now() + 600, exp: now() + 720 }],
  ['an iat of yesterday', { iat: now() - 86_400, exp: now() + 60 }],
  ['no iat', { iat: undefined }],
  ['no jti', { jti: undefined }],
  ['a jti that is no text', { jti: 5 }],
  ['neither sub nor sid', { sid: undefined }],
  ['an empty sid', { sid: '' }],
  ['a sid that is no text', { sid: { a: 1 } }],
  ['the type of an ID token', {}, { typ: 'JWT' }],
  ['the type of an access token', {}, { typ: 'at+jwt' }],
  ['an unknown critical header', {}, { crit: ['x'], x: 1 }],
];

test.each(bad.map(([what, claims, header = {}]) => ({ what, claims, header })))(
  'a token with $what is refused',
  async ({ claims, header }) => {
    const token = await app.issuer
      .logoutToken({ sid: ben.sid, ...claims }, header)
      .catch(() => 'x.y.z');
    const response = await app.notice(token);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: 'invalid_request' });
    expect(await browser.me()).not.toBeNull();
  },
);

test('a token without a type is taken, as the specification has it', async () => {
  const token = await app.issuer.logoutToken({ sid: ben.sid }, { typ: undefined });
  expect((await app.notice(token)).status).toBe(200);
});

const goodClaims = () => ({
  iss: app.issuer.url,
  aud: 'wiki',
  iat: now(),
  exp: now() + 60,
  jti: 'x',
  sid: ben.sid,
  events: { [backChannelEvent]: {} },
});

test('an unsigned token, and one signed with our secret, are refused', async () => {
  const unsigned = new UnsecuredJWT(goodClaims()).encode();
  const symmetric = await new SignJWT(goodClaims())
    .setProtectedHeader({ alg: 'HS256', typ: 'logout+jwt', kid: 'key-1' })
    .sign(new TextEncoder().encode('the-client-secret-of-the-wiki-43-characters'));
  for (const token of [unsigned, symmetric]) {
    expect((await app.notice(token)).status).toBe(400);
  }
  expect(await browser.me()).not.toBeNull();
});

test('a token that brings its own key is refused', async () => {
  const token = await app.issuer.logoutToken(
    { sid: ben.sid },
    { kid: 'mine', jku: 'https://evil.example/jwks' },
  );
  expect((await app.notice(token)).status).toBe(400);
  expect(app.issuer.calls.filter((path) => path.includes('evil'))).toEqual([]);
});

test('every changed letter of the signature is refused', async () => {
  const token = await app.issuer.logoutToken({ sid: ben.sid });
  const [head, body, signature = ''] = token.split('.');
  const bytes = base64url.decode(signature);
  for (const at of [0, 20, bytes.length - 1]) {
    const changed = Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ 1 : byte));
    const response = await app.notice(`${head}.${body}.${base64url.encode(changed)}`);
    expect(response.status).toBe(400);
  }
});

test('an ID token does not pass for a logout token', async () => {
  const token = await app.issuer.logoutToken(
    { sid: ben.sid, events: undefined, nonce: 'x', sub: ben.id },
    { typ: undefined },
  );
  expect((await app.notice(token)).status).toBe(400);
});

test('an unknown key id fetches the keys again, at most once in a while', async () => {
  await app.notice(await app.issuer.logoutToken({ sid: 'x' }));
  const fetched = (): number => app.issuer.calls.filter((path) => path === '/oidc/jwks').length;
  const before = fetched();
  for (let round = 0; round < 5; round += 1) {
    const token = await app.issuer.logoutToken({ sid: 'x' }, { kid: `unknown-${round}` });
    // Not known yet whether it is a new key: the sender tries again.
    const response = await app.notice(token);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
  }
  expect(fetched() - before).toBeLessThanOrEqual(1);
});

test('a key that is unknown also in keys fetched just now is refused', async () => {
  const cold = app.restart();
  const token = await app.issuer.logoutToken({ sid: ben.sid }, { kid: 'nobody-knows' });
  expect((await cold.notice(token)).status).toBe(400);
});

test.each([-290, -35, 35, 290])(
  'a clock that differs by %i seconds is tolerated',
  async (seconds) => {
    const at = now() + seconds;
    const token = await app.issuer.logoutToken({ sid: ben.sid, iat: at, exp: at + 120 });
    expect((await app.notice(token)).status).toBe(200);
    expect(await browser.me()).toBeNull();
  },
);

test('keys that cannot be fetched are 503, not 400: the notice is tried again', async () => {
  const cold = app.restart();
  const token = await app.issuer.logoutToken({ sid: ben.sid });
  for (const down of ['all', 'jwks'] as const) {
    app.issuer.down = down;
    const response = await cold.notice(token);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('2');
  }
  app.issuer.down = null;
  expect((await cold.notice(token)).status).toBe(200);
});

test('a store that is down is 503, and the same token works afterwards', async () => {
  const memory = await openStore('memory:');
  let isDown = false;
  const store: SessionStore = new Proxy(memory, {
    get(target, name: keyof SessionStore) {
      const value = target[name] as (...given: unknown[]) => unknown;
      if (name === 'now') return value.bind(target);
      return (...given: unknown[]) =>
        isDown ? Promise.reject(unavailable()) : value.apply(target, given);
    },
  });
  const flaky = await createTestApp({ store });
  const visitor = flaky.browser();
  await visitor.signIn(ben);
  const token = await flaky.issuer.logoutToken({ sid: ben.sid, sub: ben.id });
  isDown = true;
  const response = await flaky.notice(token);
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('2');
  isDown = false;
  expect((await flaky.notice(token)).status).toBe(200);
  expect(await visitor.me()).toBeNull();
});

function unavailable(): Error {
  return new LatchkeyError('store_unavailable', 'The store is down.');
}

async function send(init: RequestInit): Promise<Response> {
  return app.handle(new Request(`${origin}/_latchkey/back-channel-logout`, init));
}

test('anything but a form with one token is refused', async () => {
  const token = await app.issuer.logoutToken({ sid: ben.sid });
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  expect((await send({ method: 'GET' })).status).toBe(405);
  expect((await send({ method: 'PUT', headers: type, body: `logout_token=${token}` })).status).toBe(
    405,
  );
  const bodies = [
    '',
    'logout_token=',
    `logout_token=${token}&logout_token=${token}`,
    'x=1',
    `logout_token=${'x'.repeat(40_000)}`,
  ];
  for (const body of bodies) {
    expect((await send({ method: 'POST', headers: type, body })).status).toBe(400);
  }
  const json = { 'content-type': 'application/json' };
  expect(
    (await send({ method: 'POST', headers: json, body: JSON.stringify({ logout_token: token }) }))
      .status,
  ).toBe(400);
  expect(await browser.me()).not.toBeNull();
});

test('other fields are ignored', async () => {
  const token = await app.issuer.logoutToken({ sid: ben.sid });
  const body = new URLSearchParams({ logout_token: token, more: 'x' });
  expect((await send({ method: 'POST', body })).status).toBe(200);
});
