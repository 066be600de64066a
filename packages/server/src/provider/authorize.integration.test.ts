import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { basicAuth, beginFlow, type CodeFlow, redeem, signOn } from '../../test/code-flow.ts';
import { joinedApps } from '../../test/joined-apps.ts';
import { heldRequest, type ProviderHost, startProviderHost } from '../../test/provider-host.ts';

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

test('the one cookie of the form keeps siblings out and goes with the browser', async () => {
  const response = await host.browser().get(beginFlow(host, 'wiki').url);
  const lines = response.headers.getSetCookie();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    /^__Host-\w+_login_form=[\w-]{22}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  );
});

test.each([
  ['in capital letters', (url: string) => url.replace('authorize', 'Authorize')],
  ['with a slash behind', (url: string) => url.replace('authorize?', 'authorize/?')],
  ['escaped', (url: string) => url.replace('authorize', '%61uthorize')],
  ['with two slashes', (url: string) => url.replace('/authorize', '//authorize')],
])(
  'who signed out gets nothing from a browser that had a code, also at the address written %s',
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

test('somebody who is not signed in gets the form in the place of the request, and then a code', async () => {
  const flow = beginFlow(host, 'wiki');
  const browser = host.browser();
  const { response, location } = await browser.walk(flow.url);
  expect([response.status, location]).toEqual([200, null]);
  const held = (await heldRequest(response)) ?? '';
  expect(held.startsWith(`${flow.url}&latchkey_asked=`)).toBe(true);
  browser.signIn(await host.signIn(person));
  const back = await browser.walk(held);
  const tokens = await redeem(host, flow, back.location?.searchParams.get('code') ?? '');
  expect(tokens.claims['sub']).toBe(person);
});

test('no request stores anything before somebody is signed in, whatever it asks for', async () => {
  const rows = () => host.db.selectFrom('oidc_records').selectAll().execute();
  const before = await rows();
  const asking = [{}, { prompt: 'login' }, { prompt: 'none' }, { prompt: 'consent' }];
  for (const changes of [...asking, { max_age: '0' }, { acr_values: 'x' }, { scope: 'nothing' }]) {
    await host.browser().get(beginFlow(host, 'wiki', changes).url);
  }
  await host.fetch(`${host.origin}/oidc/authorize`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams(beginFlow(host, 'wiki').url.split('?')[1]),
  });
  expect(await rows()).toEqual(before);
});

test('client, redirect URI and form of a request are judged before anybody is asked for a password', async () => {
  const stranger = host.browser();
  const unknown = await stranger.walk(beginFlow(host, 'wiki', { client_id: 'nobody' }).url);
  expect([unknown.response.status, unknown.location]).toEqual([400, null]);
  const foreign = { redirect_uri: 'https://evil.example/' };
  expect((await stranger.get(beginFlow(host, 'wiki', foreign).url)).status).toBe(400);
  const plain = await stranger.walk(
    beginFlow(host, 'wiki', { code_challenge_method: 'plain' }).url,
  );
  expect(plain.location?.searchParams.get('error')).toBe('invalid_request');
  expect(plain.location?.searchParams.get('state')).toBe('the-state');
});

test('a posted request is answered by the same request as GET, a very long one by a page that goes on', async () => {
  const flow = beginFlow(host, 'wiki');
  const post = (query: string) =>
    host.fetch(`${host.origin}/oidc/authorize`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams(query),
    });
  const query = flow.url.split('?')[1] ?? '';
  const answer = await post(query);
  expect([answer.status, answer.headers.get('location')]).toEqual([303, host.origin + flow.url]);
  const long = await post(`${query.replace('the-state', 's'.repeat(4000))}`);
  expect(long.status).toBe(200);
  expect(await long.text()).toContain('http-equiv="refresh"');
  const json = await host.fetch(`${host.origin}/oidc/authorize`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  });
  expect(json.status).toBe(400);
});

test.each([
  ['state', 4096, 4097],
  ['nonce', 512, 513],
] as const)('%s has at most %i characters', async (name, fits, tooLong) => {
  const browser = host.browser(await host.signIn(person));
  const ask = async (length: number) =>
    browser.get(beginFlow(host, 'wiki', { [name]: 'x'.repeat(length) }).url);
  const good = await ask(fits);
  expect((good.headers.get('location') ?? (await good.text())).includes('code=')).toBe(true);
  const bad = await ask(tooLong);
  expect([bad.status, bad.headers.get('location')]).toEqual([400, null]);
});

test('a long state comes back whole, and no answer has more than 3,500 bytes of headers', async () => {
  const browser = host.browser(await host.signIn(person));
  const state = 's'.repeat(4000);
  const answer = await browser.get(beginFlow(host, 'wiki', { state }).url);
  const bytes = [...answer.headers].reduce(
    (sum, [name, value]) => sum + name.length + value.length + 4,
    0,
  );
  expect(bytes).toBeLessThan(3_500);
  expect(await answer.text()).toContain(`state=${state}`);
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
  const joined = await joinedApps(host.db, signInId);
  expect(joined.map(({ app, sid }) => [app, sid])).toEqual([['wiki', tokens[0]?.claims['sid']]]);
});

test('the app has joined the sign-in before its code arrives', async () => {
  const signInId = await host.signIn(person);
  expect(await joinedApps(host.db, signInId)).toEqual([]);
  await host.browser(signInId).walk(beginFlow(host, 'wiki').url);
  expect((await joinedApps(host.db, signInId)).map(({ app }) => app)).toEqual(['wiki']);
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

test('signing in as somebody else in the middle of a request brings a code for that person', async () => {
  const browser = host.browser(await host.signIn(person));
  const flow = beginFlow(host, 'wiki', { prompt: 'login' });
  const held = (await heldRequest(await browser.get(flow.url))) ?? '';
  const other = await host.addAccount('somebody-else');
  browser.signIn(await host.signIn(other));
  const back = await browser.walk(held);
  const tokens = await redeem(host, flow, back.location?.searchParams.get('code') ?? '');
  expect(tokens.claims['sub']).toBe(other);
});

/** The form of a request that wants a fresh proof, in a browser that is signed in. */
async function askForProof(changes: Readonly<Record<string, string>>) {
  const signInId = await host.signIn(person);
  const browser = host.browser(signInId);
  const flow = beginFlow(host, 'wiki', changes);
  const held = (await heldRequest(await browser.get(flow.url))) ?? '';
  return { signInId, browser, flow, held };
}

const codeOf = async (answer: Promise<{ location: URL | null }>) =>
  (await answer).location?.searchParams.get('code') ?? null;

test.each([{ prompt: 'login' }, { max_age: '0' }, { max_age: '0', prompt: 'login consent' }])(
  'right after the last proof %j still shows the form, and a proof after it is taken',
  async (changes) => {
    const { signInId, browser, held } = await askForProof(changes);
    expect(held).toContain('latchkey_asked=');
    // Asked for again without a proof: no code.
    expect(await codeOf(browser.walk(held))).toBeNull();
    await proved(signInId, Date.now() + 1);
    expect(await codeOf(browser.walk(held))).toMatch(/^[\w-]{43}$/);
  },
);

test('a proof counts for the request that asked for it, in the browser that was asked, and as it was sealed', async () => {
  const { signInId, browser, flow, held } = await askForProof({ prompt: 'login' });
  await proved(signInId, Date.now() + 1);
  const seal = held.slice(held.indexOf('&latchkey_asked='));
  const elsewhere = host.browser(signInId);
  await elsewhere.get(flow.url);
  const ageless = Buffer.alloc(22).toString('base64url');
  const refused = [
    browser.walk(flow.url),
    browser.walk(`${flow.url.replace('the-state', 'another')}${seal}`),
    browser.walk(`${flow.url}&latchkey_asked=${ageless}`),
    browser.walk(`${flow.url}${seal}${seal}`),
    browser.walk(
      `${flow.url}&latchkey_asked=${seal.slice(-30, -1)}${seal.endsWith('A') ? 'B' : 'A'}`,
    ),
    elsewhere.walk(held),
  ];
  expect(await Promise.all(refused.map(codeOf))).toEqual(refused.map(() => null));
  expect(await codeOf(browser.walk(held))).toMatch(/^[\w-]{43}$/);
});

test('max_age asks for a fresh proof when the last one is too old', async () => {
  const signInId = await host.signIn(person);
  const browser = host.browser(signInId);
  const { url } = beginFlow(host, 'wiki', { max_age: '30' });
  expect(await codeOf(browser.walk(url))).toMatch(/^[\w-]{43}$/);
  await proved(signInId, Date.now() - 60_000);
  const held = (await heldRequest(await browser.get(url))) ?? '';
  await proved(signInId, Date.now() + 1);
  expect(await codeOf(browser.walk(held))).toMatch(/^[\w-]{43}$/);
});

test('acr_values are a wish: they keep nobody out', async () => {
  const browser = host.browser(await host.signIn(person));
  const { url } = beginFlow(host, 'wiki', { acr_values: 'urn:example:gold' });
  expect(await codeOf(browser.walk(url))).toMatch(/^[\w-]{43}$/);
});

test('a form from another browser ends with the app, for whoever signs in there', async () => {
  const held = (await heldRequest(await host.browser().get(beginFlow(host, 'wiki').url))) ?? '';
  const victim = host.browser(await host.signIn(person));
  expect(await codeOf(victim.walk(held))).toMatch(/^[\w-]{43}$/);
});

/** Somebody else than the person is signed in, and the app asks for the person. */
async function askForAnother(changes: Readonly<Record<string, string>> = {}) {
  const { idToken } = await signOn(host, await host.signIn(person), 'wiki');
  const other = await host.addAccount(`other-${Math.random().toString(36).slice(2)}`);
  const browser = host.browser(await host.signIn(other));
  return { browser, flow: beginFlow(host, 'wiki', { id_token_hint: idToken, ...changes }) };
}

test('a hint of another person brings a page that names both, never a code for who is there', async () => {
  const { browser, flow } = await askForAnother();
  const { response, location } = await browser.walk(flow.url);
  expect([response.status, location]).toEqual([409, null]);
  const text = (await response.text()).replaceAll('&amp;', '&');
  expect(text).toContain('someone');
  expect(text).toMatch(/<strong>person-\w+@kittens.example<\/strong>/);
  const [other = '', back = ''] = [...text.matchAll(/href="(\/oidc[^"]+)"/g)].map(
    ([, href]) => href,
  );
  const told = await browser.walk(back);
  expect(told.location?.searchParams.get('error')).toBe('login_required');
  expect(told.location?.searchParams.get('state')).toBe('the-state');
  const held = (await heldRequest(await browser.get(other))) ?? '';
  // Whoever proves to be the same one again is told again; the person that is meant goes on.
  expect((await browser.walk(held)).response.status).toBe(409);
  browser.signIn(await host.signIn(person));
  expect(await codeOf(browser.walk(held))).toMatch(/^[\w-]{43}$/);
});

test('with prompt=none a hint of another person is login_required', async () => {
  const { browser, flow } = await askForAnother({ prompt: 'none' });
  const { location } = await browser.walk(flow.url);
  expect(location?.searchParams.get('error')).toBe('login_required');
});

async function push(flow: CodeFlow): Promise<string> {
  const response = await host.fetch(`${host.origin}/oidc/par`, {
    method: 'POST',
    headers: { authorization: basicAuth(host, flow.app) },
    body: new URLSearchParams(flow.url.split('?')[1]),
  });
  const { request_uri: uri } = (await response.json()) as { request_uri: string };
  return `/oidc/authorize?${new URLSearchParams({ client_id: flow.app, request_uri: uri })}`;
}

test('a pushed request lives as long as the form once it was shown, and is spent by its answer alone', async () => {
  const expiry = async () =>
    (
      await host.db
        .selectFrom('oidc_records')
        .select('expires_at')
        .where('kind', '=', 'PushedAuthorizationRequest')
        .execute()
    ).map(({ expires_at: at }) => Math.round(((at ?? 0) - Date.now()) / 60_000));
  await host.db
    .deleteFrom('oidc_records')
    .where('kind', '=', 'PushedAuthorizationRequest')
    .execute();
  const flow = beginFlow(host, 'wiki');
  const url = await push(flow);
  expect(await expiry()).toEqual([1]);
  const browser = host.browser();
  const held = (await heldRequest(await browser.get(url))) ?? '';
  expect(await expiry()).toEqual([60]);
  // Shown twice: neither spends it nor gives it more time.
  expect(await heldRequest(await browser.get(url))).not.toBeNull();
  browser.signIn(await host.signIn(person));
  const code = await codeOf(browser.walk(held));
  expect((await redeem(host, flow, code ?? '')).status).toBe(200);
  expect((await browser.walk(url)).response.status).toBe(400);
});

test('a pushed request that the app was told an error of is spent', async () => {
  const browser = host.browser();
  const silent = await push(beginFlow(host, 'wiki', { prompt: 'none' }));
  const told = await browser.walk(silent);
  expect(told.location?.searchParams.get('error')).toBe('login_required');
  browser.signIn(await host.signIn(person));
  expect((await browser.walk(silent)).response.status).toBe(400);
});

test('a pushed request that the person turned back brings nobody a code any more', async () => {
  const { browser, flow } = await askForAnother();
  const url = await push(flow);
  expect((await browser.get(url)).status).toBe(409);
  const back = await browser.walk(`${url}&latchkey_wish=back`);
  expect(back.location?.searchParams.get('error')).toBe('login_required');
  browser.signIn(await host.signIn(person));
  expect((await browser.walk(url)).response.status).toBe(400);
});

test('a pushed request is not spent by a page that tells the app nothing', async () => {
  const url = await push(beginFlow(host, 'wiki'));
  const browser = host.browser(await host.signIn(person));
  const stranger = url.replace('client_id=wiki', 'client_id=nobody');
  expect((await browser.walk(stranger)).response.status).toBe(400);
  expect(await codeOf(browser.walk(url))).toMatch(/^[\w-]{43}$/);
});

test('a pushed request that is brought many times at once gets one code', async () => {
  const url = await push(beginFlow(host, 'wiki'));
  const browser = host.browser(await host.signIn(person));
  const codes = await Promise.all(Array.from({ length: 6 }, () => codeOf(browser.walk(url))));
  expect(codes.filter((code) => code !== null)).toHaveLength(1);
});

test('what a pushed request asks for cannot be taken away beside it', async () => {
  const browser = host.browser(await host.signIn(person));
  const url = await push(beginFlow(host, 'wiki', { prompt: 'login', max_age: '0' }));
  for (const more of ['prompt=none', 'prompt=consent', 'max_age=9999', 'prompt=&max_age=']) {
    expect(await codeOf(browser.walk(`${url}&${more}`))).toBeNull();
  }
});

test('a pushed request that nobody was shown runs out after its minute', async () => {
  const url = await push(beginFlow(host, 'wiki'));
  const browser = host.browser(await host.signIn(person));
  await host.db
    .updateTable('oidc_records')
    .set({ expires_at: Date.now() - 1 })
    .where('kind', '=', 'PushedAuthorizationRequest')
    .execute();
  expect((await browser.walk(url)).response.status).toBe(400);
});

test('what a browser fetches ahead makes no code and joins no app', async () => {
  const signInId = await host.signIn(person);
  const { origin } = host;
  const { url } = beginFlow(host, 'wiki');
  for (const purpose of ['prefetch', 'prefetch;prerender', 'prefetch;anonymous-client-ip']) {
    const answer = await host.fetch(origin + url, {
      redirect: 'manual',
      headers: { cookie: `test_sign_in=${signInId}`, 'sec-purpose': purpose },
    });
    expect([answer.status, answer.headers.get('location')]).toEqual([503, null]);
  }
  expect(await joinedApps(host.db, signInId)).toEqual([]);
});

test('HEAD, by which link checkers look, makes no code, joins no app and sets no cookie', async () => {
  const signInId = await host.signIn(person);
  for (const cookie of [`test_sign_in=${signInId}`, '']) {
    const answer = await host.fetch(host.origin + beginFlow(host, 'wiki').url, {
      method: 'HEAD',
      redirect: 'manual',
      headers: { cookie },
    });
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null]);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  }
  expect(await joinedApps(host.db, signInId)).toEqual([]);
  const records = host.db.selectFrom('oidc_records').select('kind');
  expect(await records.where('sign_in_id', '=', signInId).execute()).toEqual([]);
});

test('an account without access gets the 403 page and never a code', async () => {
  await host.access.revoke(person, 'wiki');
  const signInId = await host.signIn(person);
  const browser = host.browser(signInId);
  const { response, location } = await browser.walk(beginFlow(host, 'wiki').url);
  expect(location).toBeNull();
  expect(response.status).toBe(403);
  expect(await response.text()).toContain('Wiki');
  expect(await joinedApps(host.db, signInId)).toEqual([]);
  const silent = await browser.walk(beginFlow(host, 'wiki', { prompt: 'none' }).url);
  expect(silent.location?.searchParams.get('error')).toBe('access_denied');
  expect(silent.location?.searchParams.get('code')).toBeNull();
});

test('access granted while the page waits lets the request go on', async () => {
  await host.access.revoke(person, 'wiki');
  const browser = host.browser(await host.signIn(person));
  const { url } = beginFlow(host, 'wiki');
  expect((await browser.walk(url)).response.status).toBe(403);
  await host.access.grant(person, 'wiki');
  expect(await codeOf(browser.walk(url))).toMatch(/^[\w-]{43}$/);
});

test('apps of the family need no consent, also where they ask for the page', async () => {
  const browser = host.browser(await host.signIn(person));
  const { location } = await browser.walk(beginFlow(host, 'wiki', { prompt: 'consent' }).url);
  expect(location?.searchParams.get('code')).toMatch(/^[\w-]{43}$/);
});

test('a restart in the middle of a flow and after it loses nothing', async () => {
  const flow = beginFlow(host, 'wiki', { prompt: 'login' });
  const browser = host.browser();
  const held = (await heldRequest(await browser.get(flow.url))) ?? '';
  await host.restart();
  const signInId = await host.signIn(person);
  await proved(signInId, Date.now() + 1);
  browser.signIn(signInId);
  const code = await codeOf(browser.walk(held));
  await host.restart();
  expect((await redeem(host, flow, code ?? '')).status).toBe(200);
  const silent = await browser.walk(beginFlow(host, 'wiki', { prompt: 'none' }).url);
  expect(silent.location?.searchParams.get('code')).toMatch(/^[\w-]{43}$/);
});

test('no code or token of the provider stands in the database', async () => {
  const signInId = await host.signIn(person);
  const flow = beginFlow(host, 'wiki');
  const code = (await codeOf(host.browser(signInId).walk(flow.url))) ?? '';
  const rows = async () =>
    JSON.stringify(await host.db.selectFrom('oidc_records').selectAll().execute());
  const dumpBefore = await rows();
  const tokens = await redeem(host, flow, code);
  const { accessToken } = await signOn(host, signInId, 'forum');
  const dump = dumpBefore + (await rows());
  for (const secret of [code, tokens.accessToken, accessToken]) {
    expect(secret.length).toBeGreaterThan(20);
    expect(dump).not.toContain(secret);
  }
});

async function proved(signInId: string, at: number): Promise<void> {
  await host.db.updateTable('sign_ins').set({ proved_at: at }).where('id', '=', signInId).execute();
}
