import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { beginFlow, redeem, signOn } from '../../test/code-flow.ts';
import { type ProviderHost, startProviderHost } from '../../test/provider-host.ts';

let host: ProviderHost;
let person: string;

beforeAll(async () => {
  host = await startProviderHost();
});
afterAll(() => host.close());
beforeEach(async () => {
  person = await host.addAccount(`person-${Math.random().toString(36).slice(2)}`);
});

test('somebody signed in at the login host gets a code with no page and no cookie of the provider', async () => {
  const flow = beginFlow(host, 'wiki');
  const signInId = await host.signIn(person);
  const response = await host.browser(signInId).get(flow.url);
  expect(response.status).toBe(303);
  const location = new URL(response.headers.get('location') ?? '');
  expect(location.origin + location.pathname).toBe(flow.redirectUri);
  expect(location.searchParams.get('state')).toBe('the-state');
  expect(location.searchParams.get('iss')).toBe(host.origin);
  const tokens = await redeem(host, flow, location.searchParams.get('code') ?? '');
  expect(tokens.claims).toMatchObject({
    sub: person,
    aud: 'wiki',
    iss: host.origin,
    nonce: 'the-nonce',
    amr: ['pwd'],
  });
  expect(tokens.claims['sid']).toMatch(/^[\w-]{43}$/);
});

test('the cookies of the provider have prefixes that keep siblings out', async () => {
  const stranger = host.browser();
  const response = await stranger.get(beginFlow(host, 'wiki').url);
  const lines = response.headers.getSetCookie();
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    expect(line).toMatch(/^__(Host|Secure)-/);
    expect(line).toMatch(/; secure/i);
    expect(line).toMatch(/; httponly/i);
    expect(line).toMatch(/; samesite=lax/i);
  }
});

test.each([
  ['in capital letters', (url: string) => url.replace('authorize', 'Authorize')],
  ['with a slash behind', (url: string) => url.replace('authorize?', 'authorize/?')],
  ['escaped', (url: string) => url.replace('authorize', '%61uthorize')],
  ['with two slashes', (url: string) => url.replace('/authorize', '//authorize')],
])(
  'the cookie of the provider alone opens nothing, also at the address written %s',
  async (_name, write) => {
    const flow = beginFlow(host, 'wiki', { prompt: 'none' });
    const browser = host.browser(await host.signIn(person));
    const before = await browser.walk(flow.url);
    expect(before.location?.searchParams.get('code')).toMatch(/^[\w-]{43}$/);
    browser.signIn(null);
    const after = await browser.walk(write(flow.url));
    expect(after.location?.searchParams.get('code') ?? null).toBeNull();
  },
);

test('a request line with a whole URL does not get round the login host either', async () => {
  const flow = beginFlow(host, 'wiki', { prompt: 'none' });
  const browser = host.browser(await host.signIn(person));
  await browser.walk(flow.url);
  browser.signIn(null);
  const cookie = [...browser.cookies].map(([key, { value }]) => `${key}=${value}`).join('; ');
  const { host: name, port } = new URL(host.origin);
  const location = await new Promise<string | undefined>((done, fail) => {
    const path = `${host.origin}${flow.url}`;
    const headers = { host: name, cookie };
    const call = request({ host: '127.0.0.1', port, path, headers }, (response) => {
      response.resume();
      done(response.headers.location);
    });
    call.on('error', fail).end();
  });
  expect(location ?? '').not.toContain('code=');
});

test('prompt=none answers login_required while nobody is signed in, and a code when somebody is', async () => {
  const flow = beginFlow(host, 'wiki', { prompt: 'none' });
  const browser = host.browser();
  const before = await browser.walk(flow.url);
  expect(before.location?.searchParams.get('error')).toBe('login_required');
  browser.signIn(await host.signIn(person));
  const after = await browser.walk(flow.url);
  expect(after.location?.searchParams.get('code')).toMatch(/^[\w-]{43}$/);
});

test('somebody who is not signed in goes to the sign-in page and comes back with a code', async () => {
  const flow = beginFlow(host, 'wiki');
  const browser = host.browser();
  const { location } = await browser.walk(flow.url);
  expect(location?.pathname).toBe('/sign-in');
  const returnTo = location?.searchParams.get('return_to') ?? '';
  expect(returnTo).toMatch(/^\/oidc\/interaction\/[\w-]+$/);
  browser.signIn(await host.signIn(person));
  const back = await browser.walk(returnTo);
  const tokens = await redeem(host, flow, back.location?.searchParams.get('code') ?? '');
  expect(tokens.claims['sub']).toBe(person);
  // Nothing of the finished request stays in the browser.
  expect([...browser.cookies.keys()].filter((name) => name.startsWith('__Secure-'))).toEqual([]);
});

test('three tabs that open three apps at once all succeed', async () => {
  const browser = host.browser(await host.signIn(person));
  const flows = ['wiki', 'forum', 'chat'].map((app) => beginFlow(host, app, { prompt: 'none' }));
  const walks = await Promise.all(flows.map((flow) => browser.walk(flow.url)));
  const tokens = await Promise.all(
    flows.map((flow, index) =>
      redeem(host, flow, walks[index]?.location?.searchParams.get('code') ?? ''),
    ),
  );
  expect(tokens.map(({ status }) => status)).toEqual([200, 200, 200]);
  const sids = tokens.map(({ claims }) => claims['sid']);
  expect(new Set(sids).size).toBe(3);
});

test('three tabs that open one app at once all succeed with one sid and one grant', async () => {
  const signInId = await host.signIn(person);
  const flows = [0, 1, 2].map(() => beginFlow(host, 'wiki'));
  const browsers = flows.map(() => host.browser(signInId));
  const walks = await Promise.all(flows.map((flow, tab) => browsers[tab]?.walk(flow.url)));
  const tokens = await Promise.all(
    flows.map((flow, tab) =>
      redeem(host, flow, walks[tab]?.location?.searchParams.get('code') ?? ''),
    ),
  );
  expect(tokens.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(new Set(tokens.map(({ claims }) => claims['sid'])).size).toBe(1);
  const joined = await host.signIns.joinedApps(signInId);
  expect(joined.map(({ app, sid }) => [app, sid])).toEqual([['wiki', tokens[0]?.claims['sid']]]);
});

test('the app has joined the sign-in before its code arrives', async () => {
  const signInId = await host.signIn(person);
  expect(await host.signIns.joinedApps(signInId)).toEqual([]);
  await host.browser(signInId).walk(beginFlow(host, 'wiki').url);
  expect((await host.signIns.joinedApps(signInId)).map(({ app }) => app)).toEqual(['wiki']);
});

test('the cookie of the provider never decides: the sign-in of the login host does', async () => {
  const other = await host.addAccount('other-person');
  const browser = host.browser(await host.signIn(other));
  await browser.walk(beginFlow(host, 'wiki').url);
  browser.signIn(await host.signIn(person));
  const flow = beginFlow(host, 'wiki', { prompt: 'none' });
  const { location } = await browser.walk(flow.url);
  const tokens = await redeem(host, flow, location?.searchParams.get('code') ?? '');
  expect(tokens.claims['sub']).toBe(person);
  browser.signIn(null);
  const out = await browser.walk(beginFlow(host, 'wiki', { prompt: 'none' }).url);
  expect(out.location?.searchParams.get('error')).toBe('login_required');
});

test('a duplicate or broken cookie of the provider disturbs nobody', async () => {
  const browser = host.browser(await host.signIn(person));
  await browser.walk(beginFlow(host, 'wiki').url);
  const name = [...browser.cookies.keys()].find((key) => key.endsWith('_oidc')) ?? '';
  browser.cookies.set(name, { value: `garbage; ${name}=more`, path: '/' });
  const { location } = await browser.walk(beginFlow(host, 'wiki', { prompt: 'none' }).url);
  expect(location?.searchParams.get('code')).toMatch(/^[\w-]{43}$/);
});

test('signing in as somebody else in the middle of a request starts it again', async () => {
  const signInId = await host.signIn(person);
  await provedLongAgo(signInId);
  const browser = host.browser(signInId);
  const flow = beginFlow(host, 'wiki', { prompt: 'login' });
  const first = await browser.walk(flow.url);
  expect(first.location?.pathname).toBe('/sign-in');
  expect(first.location?.searchParams.get('prompt')).toBe('login');
  const other = await host.addAccount('somebody-else');
  browser.signIn(await host.signIn(other));
  const back = await browser.walk(first.location?.searchParams.get('return_to') ?? '');
  expect(back.location?.searchParams.get('error')).toBeNull();
  const tokens = await redeem(host, flow, back.location?.searchParams.get('code') ?? '');
  expect(tokens.claims['sub']).toBe(other);
});

test('prompt=login is satisfied by a proof that is younger than the request, and by no older one', async () => {
  const signInId = await host.signIn(person);
  await provedLongAgo(signInId);
  const browser = host.browser(signInId);
  const flow = beginFlow(host, 'wiki', { prompt: 'login' });
  const first = await browser.walk(flow.url);
  const returnTo = first.location?.searchParams.get('return_to') ?? '';
  expect((await browser.walk(returnTo)).location?.pathname).toBe('/sign-in');
  await host.db
    .updateTable('sign_ins')
    .set({ proved_at: Date.now() })
    .where('id', '=', signInId)
    .execute();
  const back = await browser.walk(returnTo);
  expect(back.location?.searchParams.get('code')).toMatch(/^[\w-]{43}$/);
});

test('max_age asks for a fresh proof when the last one is too old', async () => {
  const signInId = await host.signIn(person);
  await provedLongAgo(signInId);
  const { location } = await host
    .browser(signInId)
    .walk(beginFlow(host, 'wiki', { max_age: '30' }).url);
  expect(location?.pathname).toBe('/sign-in');
  expect(location?.searchParams.get('prompt')).toBe('login');
});

test('a request that somebody else prepared cannot be finished in another browser', async () => {
  const attacker = host.browser();
  const { location } = await attacker.walk(beginFlow(host, 'wiki').url);
  const victim = host.browser(await host.signIn(person));
  const { response } = await victim.walk(location?.searchParams.get('return_to') ?? '');
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('Home page');
});

test.each(['x', 'a'.repeat(43), '..%2f..', '%00', `${'a'.repeat(5000)}`])(
  'an unknown waiting request (%#) is a plain page',
  async (uid) => {
    const response = await host.browser(await host.signIn(person)).get(`/oidc/interaction/${uid}`);
    expect(response.status).toBe(400);
  },
);

test('an account without access gets the 403 page and never a code', async () => {
  await host.access.revoke(person, 'wiki');
  const signInId = await host.signIn(person);
  const browser = host.browser(signInId);
  const { response, location } = await browser.walk(beginFlow(host, 'wiki').url);
  expect(location).toBeNull();
  expect(response.status).toBe(403);
  expect(await response.text()).toContain('wiki');
  expect(await host.signIns.joinedApps(signInId)).toEqual([]);
  const silent = await browser.walk(beginFlow(host, 'wiki', { prompt: 'none' }).url);
  expect(silent.location?.searchParams.get('error')).toBe('access_denied');
  expect(silent.location?.searchParams.get('code')).toBeNull();
});

test('access granted while the page waits lets the request go on', async () => {
  await host.access.revoke(person, 'wiki');
  const browser = host.browser(await host.signIn(person));
  const first = await browser.get(beginFlow(host, 'wiki').url);
  const waiting = first.headers.get('location') ?? '';
  expect((await browser.walk(waiting)).response.status).toBe(403);
  await host.access.grant(person, 'wiki');
  const { location } = await browser.walk(waiting);
  expect(location?.searchParams.get('code')).toMatch(/^[\w-]{43}$/);
});

test('apps of the family need no consent, also where they ask for the page', async () => {
  const browser = host.browser(await host.signIn(person));
  const { location } = await browser.walk(beginFlow(host, 'wiki', { prompt: 'consent' }).url);
  expect(location?.searchParams.get('code')).toMatch(/^[\w-]{43}$/);
});

test('a restart in the middle of a flow and after it loses nothing', async () => {
  const flow = beginFlow(host, 'wiki');
  const browser = host.browser();
  const { location } = await browser.walk(flow.url);
  await host.restart();
  browser.signIn(await host.signIn(person));
  const back = await browser.walk(location?.searchParams.get('return_to') ?? '');
  await host.restart();
  const tokens = await redeem(host, flow, back.location?.searchParams.get('code') ?? '');
  expect(tokens.status).toBe(200);
  const silent = await browser.walk(beginFlow(host, 'wiki', { prompt: 'none' }).url);
  expect(silent.location?.searchParams.get('code')).toMatch(/^[\w-]{43}$/);
});

test('no cookie value, code or token of the provider stands in the database', async () => {
  const signInId = await host.signIn(person);
  const flow = beginFlow(host, 'wiki');
  const browser = host.browser(signInId);
  const { location } = await browser.walk(flow.url);
  const code = location?.searchParams.get('code') ?? '';
  const dumpBefore = JSON.stringify(await host.db.selectFrom('oidc_records').selectAll().execute());
  const tokens = await redeem(host, flow, code);
  const { accessToken } = await signOn(host, signInId, 'forum');
  await browser.walk(beginFlow(host, 'wiki', { prompt: 'login' }).url);
  const dump = JSON.stringify([
    await host.db.selectFrom('oidc_records').selectAll().execute(),
    await host.db.selectFrom('oidc_session_keys').selectAll().execute(),
    dumpBefore,
  ]);
  const cookie = [...browser.cookies].find(([name]) => name.endsWith('_oidc'))?.[1].value ?? '?';
  for (const secret of [code, tokens.accessToken, accessToken, cookie]) {
    expect(secret.length).toBeGreaterThan(20);
    expect(dump).not.toContain(secret);
  }
});

async function provedLongAgo(signInId: string): Promise<void> {
  await host.db
    .updateTable('sign_ins')
    .set({ proved_at: Date.now() - 60_000 })
    .where('id', '=', signInId)
    .execute();
}
