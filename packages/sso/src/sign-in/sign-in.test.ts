import { readState } from '@latchkey/session/parts';
import { createMemoryStore } from '@latchkey/session/store/memory';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestApp, origin, type TestApp, type TestBrowser } from '../../test/test-app.ts';

const ben = { id: '11111111-1111-4111-8111-111111111111', sid: 'sid-of-ben' };
const ada = {
  id: '22222222-2222-4222-8222-222222222222',
  sid: 'sid-of-ada',
  email: 'ada@kittens.example',
  name: 'Ada',
};

let app: TestApp;
let browser: TestBrowser;

beforeEach(async () => {
  app = await createTestApp();
  browser = app.browser();
});
afterEach(() => app.close());

const locationOf = (response: Response): string => response.headers.get('location') ?? '';

test('signing in leads to the login host with PKCE, state and nonce, and back to the page it began on', async () => {
  const begun = await browser.get('/sign-in?return_to=/cart?item=1');
  expect(begun.status).toBe(303);
  expect(begun.headers.get('cache-control')).toBe('no-store');
  const request = new URL(locationOf(begun));
  expect(request.origin).toBe(app.issuer.url);
  expect(Object.fromEntries(request.searchParams)).toMatchObject({
    client_id: 'wiki',
    response_type: 'code',
    code_challenge_method: 'S256',
    redirect_uri: `${origin}/_latchkey/callback`,
    scope: 'openid profile email',
  });
  for (const name of ['nonce', 'code_challenge']) {
    expect(request.searchParams.get(name)).toMatch(/^[\w-]{43}$/);
  }
  expect(readState(request.searchParams.get('state') ?? '')?.returnPath).toBe('/cart?item=1');
  const arrived = await browser.get(app.issuer.authorize(request.href, ben));
  expect(arrived.status).toBe(303);
  expect(locationOf(arrived)).toBe(`${origin}/cart?item=1`);
  expect(await browser.me()).toMatchObject({
    id: ben.id,
    email: 'ben@kittens.example',
    name: 'Ben',
  });
});

test('no value of a cookie stands in a URL, and every cookie stays on its host', async () => {
  const begun = await browser.get('/sign-in');
  const lines = begun.headers.getSetCookie();
  for (const line of lines) {
    expect(line).toMatch(/^__Host-[\w-]+=/);
    expect(line).toMatch(/; Path=\/; .*HttpOnly; Secure; SameSite=Lax/);
    const value = line.slice(line.indexOf('=') + 1, line.indexOf(';'));
    expect(locationOf(begun)).not.toContain(value);
  }
});

test('somebody who is signed in goes back at once', async () => {
  await browser.signIn(ben);
  const response = await browser.get('/sign-in?return_to=/cart');
  expect(locationOf(response)).toBe(`${origin}/cart`);
});

test('what was stored before signing in is still there', async () => {
  await browser.get('/remember');
  await browser.signIn(ben);
  expect(await (await browser.get('/')).json()).toMatchObject({ note: 'kept' });
});

test('a protected page sends a browser to sign in and back, and tells a program 401', async () => {
  const page = await browser.get('/private?x=1');
  expect(locationOf(page)).toBe(`${origin}/sign-in?return_to=%2Fprivate%3Fx%3D1`);
  for (const headers of [{ accept: 'application/json' }, { 'sec-fetch-mode': 'cors' }]) {
    const program = await browser.get('/private', { ...headers });
    expect(program.status).toBe(401);
    expect(await program.json()).toEqual({ signedIn: false });
  }
  await browser.signIn(ben);
  expect(await (await browser.get('/private')).text()).toBe('private');
});

test('ten tabs at once do not disturb one another', async () => {
  const begun = await Promise.all(
    Array.from({ length: 10 }, (_, tab) => browser.get(`/sign-in?return_to=/tab-${tab}`)),
  );
  const back = begun.map((response) => app.issuer.authorize(locationOf(response), ben));
  const arrived = [];
  for (const url of back.reverse()) arrived.push(await browser.get(url));
  expect(arrived.map(locationOf)).toEqual(
    Array.from({ length: 10 }, (_, index) => `${origin}/tab-${9 - index}`),
  );
  expect(await browser.me()).toMatchObject({ id: ben.id });
});

test('tabs that arrive at once end in one session with its data', async () => {
  await browser.get('/remember');
  const begun = await Promise.all([1, 2, 3].map(() => browser.get('/sign-in')));
  const back = begun.map((response) => app.issuer.authorize(locationOf(response), ben));
  const arrived = await Promise.all(back.map((url) => browser.get(url)));
  for (const response of arrived) {
    const location = locationOf(response);
    if (location.includes('again=1')) await browser.get(location);
  }
  expect(await (await browser.get('/')).json()).toMatchObject({
    account: { id: ben.id },
    note: 'kept',
  });
});

test('three hundred flows begun at once leave 4,000 bytes of cookies in a browser, and no more', async () => {
  const strangers = Array.from({ length: 300 }, () => app.browser());
  const begun = await Promise.all(strangers.map((one) => one.get('/sign-in?return_to=/x')));
  for (const line of begun.flatMap((response) => response.headers.getSetCookie())) {
    const at = line.indexOf('=');
    browser.cookies.set(line.slice(0, at), line.slice(at + 1, line.indexOf(';')));
  }
  const header = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  expect(header.length).toBeLessThanOrEqual(4_000);
  expect((await browser.signIn(ben)).status).toBe(303);
});

test('a page that polls does not push out the flow of a person who is typing a password', async () => {
  const begun = await browser.get('/sign-in');
  const background = { 'sec-fetch-mode': 'cors', accept: '*/*' };
  for (let round = 0; round < 40; round += 1) {
    expect((await browser.get('/private', background)).status).toBe(401);
    expect((await browser.get('/sign-in', background)).status).toBe(303);
  }
  const arrived = await browser.get(app.issuer.authorize(locationOf(begun), ben));
  expect(locationOf(arrived)).toBe('https://wiki.example/');
  expect(await browser.me()).toMatchObject({ id: ben.id });
});

test('one cookie is enough for all tabs, and each has a state, a nonce and a challenge of its own', async () => {
  const requests = [];
  for (let tab = 0; tab < 3; tab += 1) {
    requests.push(new URL(locationOf(await browser.get('/sign-in'))).searchParams);
  }
  expect(browser.cookies.size).toBe(1);
  for (const name of ['state', 'nonce', 'code_challenge']) {
    expect(new Set(requests.map((query) => query.get(name))).size).toBe(3);
  }
});

test('a callback opened in another browser signs nobody in (login CSRF): it begins a flow of its own', async () => {
  const attacker = app.browser();
  const begun = await attacker.get('/sign-in?return_to=/cart');
  const link = app.issuer.authorize(locationOf(begun), ada);
  const response = await browser.get(link);
  const own = new URL(locationOf(response));
  expect(own.origin).toBe(app.issuer.url);
  const state = readState(own.searchParams.get('state') ?? '');
  expect(state).toEqual({ returnPath: '/cart', isSecond: true });
  expect(await browser.me()).toBeNull();
  const arrived = await browser.get(app.issuer.authorize(own.href, ben));
  expect(locationOf(arrived)).toBe(`${origin}/cart`);
  expect(await browser.me()).toMatchObject({ id: ben.id });
});

test('a callback that fits no second time either is a page with a way on', async () => {
  const begun = await app.browser().get('/sign-in');
  const again = await browser.get(app.issuer.authorize(locationOf(begun), ben));
  const response = await app.browser().get(app.issuer.authorize(locationOf(again), ben));
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('href="/sign-in"');
});

test('a callback asked for again leads who is signed in to the page, and signs nobody in twice', async () => {
  const begun = await browser.get('/sign-in?return_to=/cart');
  const copy = new Map(browser.cookies);
  const link = app.issuer.authorize(locationOf(begun), ben);
  expect((await browser.get(link)).status).toBe(303);
  expect(locationOf(await browser.get(link))).toBe(`${origin}/cart`);
  browser.cookies.delete([...copy.keys()][0] ?? '');
  expect(locationOf(await browser.get(link))).toBe(`${origin}/cart`);
  const thief = app.browser();
  for (const [name, value] of copy) thief.cookies.set(name, value);
  expect(new URL(locationOf(await thief.get(link))).origin).toBe(app.issuer.url);
  expect(await thief.me()).toBeNull();
  expect(await browser.me()).toMatchObject({ id: ben.id });
});

test('an error of the login host begins nothing by itself, also where the flow is unknown', async () => {
  const begun = await app.browser().get('/sign-in');
  app.issuer.answerChanges = { error: 'login_required', code: undefined };
  const response = await browser.get(app.issuer.authorize(locationOf(begun), ben));
  expect([response.status, response.headers.getSetCookie()]).toEqual([400, []]);
});

test('what a browser fetches ahead uses no code up', async () => {
  const begun = await browser.get('/sign-in');
  const link = app.issuer.authorize(locationOf(begun), ben);
  const ahead = await browser.get(link, { 'sec-purpose': 'prefetch' });
  expect([ahead.status, await browser.me()]).toEqual([503, null]);
  expect((await browser.get(link)).status).toBe(303);
  expect(await browser.me()).toMatchObject({ id: ben.id });
});

test.each([
  ['plain', 'x', 1_989],
  ['percent-encoded', '%E4%BD%A0', 218],
  ['of many parameters', '&a=b', 490],
  ['of plus signs', '+', 1_980],
])(
  'a protected page with a %s path of 2,000 characters is come back to',
  async (_kind, unit, times) => {
    const path = `/private?q=${unit.repeat(times)}`;
    let place = path;
    for (let hop = 0; hop < 5; hop += 1) {
      const answer = await browser.get(place);
      const bytes = [...answer.headers].reduce(
        (sum, [name, value]) => sum + name.length + value.length + 4,
        0,
      );
      expect(bytes).toBeLessThan(3_300);
      const refresh = /content="0;url=([^"]*)"/
        .exec(await answer.text())?.[1]
        ?.replaceAll('&#38;', '&');
      const next = answer.headers.get('location') ?? refresh ?? '';
      if (next === '') break;
      place = next.startsWith(`${app.issuer.url}/`) ? app.issuer.authorize(next, ben) : next;
    }
    expect(place).toBe(origin + path);
  },
);

test('a longer one leads to the home page', async () => {
  const page = await browser.get(`/private?q=${'x'.repeat(2_000)}`);
  expect(locationOf(page)).toBe(`${origin}/sign-in?return_to=%2F`);
  const begun = await browser.get(`/sign-in?return_to=/${'x'.repeat(2_000)}`);
  const { searchParams } = new URL(locationOf(begun));
  expect(readState(searchParams.get('state') ?? '')?.returnPath).toBe('/');
});

test.each([
  ['no state', { state: undefined }],
  ['another state', { state: 'x'.repeat(43) }],
  ['no code', { code: undefined }],
  ['another issuer (mix-up)', { iss: 'https://evil.example' }],
  ['no issuer', { iss: undefined }],
  ['an error of the login host', { error: 'access_denied', code: undefined }],
])('a callback with %s is a plain page, and nothing is lost', async (_what, changes) => {
  await browser.signIn(ada);
  const fresh = app.browser();
  const begun = await fresh.get('/sign-in');
  app.issuer.answerChanges = changes;
  const response = await fresh.get(app.issuer.authorize(locationOf(begun), ben));
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('Nothing has changed');
  expect(await fresh.me()).toBeNull();
  expect(await browser.me()).toMatchObject({ id: ada.id });
});

test('a repeated parameter is refused', async () => {
  const begun = await browser.get('/sign-in');
  const link = `${app.issuer.authorize(locationOf(begun), ben)}&code=other`;
  expect((await browser.get(link)).status).toBe(400);
});

test.each([
  ['another audience', { aud: 'forum' }],
  ['another issuer', { iss: 'https://evil.example' }],
  ['another nonce', { nonce: 'x'.repeat(43) }],
  ['no nonce', { nonce: undefined }],
  ['no sid', { sid: undefined }],
  ['no e-mail address', { email: undefined }],
  ['an expiry in the past', { iat: 1000, exp: 2000 }],
])('an ID token with %s signs nobody in', async (_what, changes) => {
  app.issuer.idTokenChanges = changes;
  expect((await browser.signIn(ben)).status).toBe(400);
  expect(await browser.me()).toBeNull();
});

test('an ID token that was changed, or signed by a key that is not published, signs nobody in', async () => {
  const { fetch } = app.issuer;
  app.issuer.fetch = async (url, init) => {
    const response = await fetch(url, init);
    if (!url.endsWith('/oidc/token')) return response;
    const body = (await response.json()) as { id_token: string };
    const [head, payload = '', signature] = body.id_token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as object;
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: ada.id })).toString('base64url');
    return Response.json({ ...body, id_token: `${head}.${forged}.${signature}` });
  };
  expect((await browser.signIn(ben)).status).toBe(400);
  app.issuer.fetch = fetch;
  expect((await browser.signIn(ben)).status).toBe(303);
  await app.issuer.rotateKey();
  const second = app.browser();
  expect((await second.signIn(ben)).status).toBe(400);
  expect(await second.me()).toBeNull();
});

test('another person in the same browser replaces the first, and gets nothing of theirs', async () => {
  await browser.signIn(ben);
  await browser.get('/remember');
  const stranger = app.browser();
  await stranger.signIn(ada);
  expect(await (await stranger.get('/')).json()).toMatchObject({
    account: { id: ada.id },
    note: null,
  });
});

test('a new name or address is taken over at the next sign-in', async () => {
  await browser.signIn(ben);
  const second = app.browser();
  await second.signIn({ ...ben, name: 'Benjamin' });
  expect(await second.me()).toMatchObject({ name: 'Benjamin' });
  expect(await browser.me()).toMatchObject({ name: 'Benjamin' });
});

test('a sid that is another account’s signs nobody in', async () => {
  await browser.signIn(ben);
  const second = app.browser();
  expect((await second.signIn({ ...ada, sid: ben.sid })).status).toBe(400);
  expect(await second.me()).toBeNull();
});

test.each(['https://evil.example/', '//evil.example', '/\\evil.example', '/a\nb', ''])(
  'a destination outside the app (%#) is refused',
  async (destination) => {
    const response = await browser.get(`/sign-in?return_to=${encodeURIComponent(destination)}`);
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
  },
);

test('the app’s own user is found or made before anybody is let in', async () => {
  const users: string[] = [];
  const own = await createTestApp({
    async findOrCreateUser(account) {
      if (users.length > 0) throw new Error('no room');
      users.push(account.id);
    },
  });
  expect((await own.browser().signIn(ben)).status).toBe(303);
  expect(users).toEqual([ben.id]);
  const second = own.browser();
  expect((await second.signIn(ada)).status).toBe(400);
  expect(await second.me()).toBeNull();
  expect(own.events.map(({ type }) => type)).toContain('sso.user-refused');
  await own.close();
});

test('a login host that is away is a page with a way on, and works again without a restart', async () => {
  app.issuer.down = 'all';
  const away = await browser.get('/sign-in');
  expect(away.status).toBe(503);
  expect(await away.text()).toContain('href="/sign-in"');
  app.issuer.down = 'token';
  expect((await browser.signIn(ben)).status).toBe(503);
  app.issuer.down = null;
  expect((await browser.signIn(ben)).status).toBe(303);
});

test('a login host in trouble is 503, not a broken link', async () => {
  const { fetch } = app.issuer;
  app.issuer.fetch = (url, init) =>
    url.endsWith('/oidc/token')
      ? Promise.resolve(new Response('Bad gateway', { status: 502 }))
      : fetch(url, init);
  expect((await browser.signIn(ben)).status).toBe(503);
});

test('text of an error that came from outside is passed on to nobody', async () => {
  const begun = await browser.get('/sign-in');
  app.issuer.answerChanges = { error: 'evil_words', error_description: 'evil', code: undefined };
  const response = await browser.get(app.issuer.authorize(locationOf(begun), ben));
  expect(await response.text()).not.toContain('evil');
  expect(JSON.stringify(app.events)).not.toContain('evil');
});

test('a browser that keeps no session goes round three times, then sees why', async () => {
  let response = new Response();
  for (let round = 0; round < 4; round += 1) {
    const begun = await browser.get('/sign-in');
    response = begun;
    if (begun.status !== 303) break;
    await browser.get(app.issuer.authorize(locationOf(begun), ben));
    for (const name of browser.cookies.keys()) {
      if (name === '__Host-latchkey_wiki') browser.cookies.delete(name);
    }
  }
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('cookie');
});

test('another host is refused', async () => {
  const response = await app.handle(new Request('https://evil.example/sign-in'));
  expect(response.status).toBe(421);
});

test('paths of ours take the methods that they are for', async () => {
  expect((await browser.post('/sign-in')).status).toBe(405);
  expect((await browser.post('/_latchkey/callback')).status).toBe(405);
  expect((await browser.get('/_latchkey/unknown')).status).toBe(404);
});

test('no event holds a code, a token or a cookie value', async () => {
  await browser.signIn(ben);
  await browser.get('/_latchkey/callback?code=secret-code&state=secret-state');
  await app.notice('secret-token');
  expect(JSON.stringify(app.events)).not.toContain('secret');
});

test('somebody who did not use the app for long is let in again by the same sign-in', async () => {
  const time = { now: Date.now() };
  const idle = await createTestApp({ store: createMemoryStore({ now: () => time.now }) });
  const visitor = idle.browser();
  await visitor.signIn(ben);
  time.now += 8 * 86_400_000;
  // Idle time is the login host's to count: this app does not forget the sign-in by itself.
  expect(await visitor.me()).toMatchObject({ id: ben.id });
  const elsewhere = idle.browser();
  expect((await elsewhere.signIn(ben)).status).toBe(303);
  expect(await elsewhere.me()).toMatchObject({ id: ben.id });
  await idle.close();
});

describe('roles and groups', () => {
  const lists = async () => {
    const { roles, groups } = (await browser.me()) as Record<string, unknown>;
    return { roles, groups };
  };

  test('are those of the ID token', async () => {
    app.issuer.idTokenChanges = { roles: ['editor'], groups: ['cats', 'dogs'] };
    await browser.signIn(ben);
    expect(await lists()).toEqual({ roles: ['editor'], groups: ['cats', 'dogs'] });
  });

  test('are empty where the login host tells of none', async () => {
    await browser.signIn(ben);
    expect(await lists()).toEqual({ roles: [], groups: [] });
  });

  test('are those of the next sign-on of the same sign-in, also when they are gone', async () => {
    app.issuer.idTokenChanges = { roles: ['editor'], groups: ['cats'] };
    await browser.signIn(ben);
    const other = app.browser();
    app.issuer.idTokenChanges = { roles: ['reader'] };
    await other.signIn(ben);
    expect(await lists()).toEqual({ roles: ['reader'], groups: [] });
    app.issuer.idTokenChanges = {};
    await app.browser().signIn(ben);
    expect(await lists()).toEqual({ roles: [], groups: [] });
  });

  test('have at most 64 names of at most 100 characters', async () => {
    const names = Array.from({ length: 70 }, (_, index) => `group-${index}`);
    app.issuer.idTokenChanges = {
      roles: ['x'.repeat(101), 'y'.repeat(100)],
      groups: ['x'.repeat(101), ...names],
    };
    await browser.signIn(ben);
    expect(await lists()).toEqual({ roles: ['y'.repeat(100)], groups: names.slice(0, 64) });
  });

  test('of any other form are left out, and nobody is kept from signing in by them', async () => {
    const given = fc.oneof(
      fc.jsonValue(),
      fc.array(fc.oneof(fc.string({ maxLength: 200 }), fc.jsonValue()), { maxLength: 80 }),
    );
    await fc.assert(
      fc.asyncProperty(given, given, async (roles, groups) => {
        app.issuer.idTokenChanges = { roles, groups };
        const one = app.browser();
        await one.signIn({ ...ben, sid: crypto.randomUUID() });
        const seen = (await one.me()) as { roles: unknown[]; groups: unknown[] };
        for (const [list, claim] of [
          [seen.roles, roles],
          [seen.groups, groups],
        ] as const) {
          expect(list.length).toBeLessThanOrEqual(64);
          for (const name of list) {
            expect(claim).toContain(name);
            expect(typeof name === 'string' && name.length > 0 && name.length <= 100).toBe(true);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});
