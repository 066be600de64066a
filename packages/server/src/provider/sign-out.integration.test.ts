import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  basicAuth,
  beginFlow,
  claimsOf,
  signOn,
  type TokenAnswer,
  verifyToken,
} from '../../test/code-flow.ts';
import { type ProviderHost, startProviderHost } from '../../test/provider-host.ts';

let host: ProviderHost;
let person: string;
let signInId: string;
let wiki: TokenAnswer;

beforeAll(async () => {
  host = await startProviderHost();
});
afterAll(() => host.close());
beforeEach(async () => {
  person = await host.addAccount(`person-${Math.random().toString(36).slice(2)}`);
  signInId = await host.signIn(person);
  wiki = await signOn(host, signInId, 'wiki');
});

async function callSignOut(
  body: URLSearchParams | string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return host.fetch(`${host.origin}/oidc/sign-out`, {
    method: 'POST',
    headers: {
      authorization: basicAuth(host, 'wiki'),
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    },
    body: body.toString(),
  });
}

const isLive = async (): Promise<boolean> => (await host.signIns.findLive(signInId)) !== null;

test('an app ends the sign-in by its sid, and may say so again', async () => {
  const form = new URLSearchParams({ sid: String(wiki.claims['sid']) });
  const response = await callSignOut(form);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ ticket: expect.stringMatching(/^[\w-]{100,512}$/) });
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.getSetCookie()).toEqual([]);
  expect(await isLive()).toBe(false);
  expect((await callSignOut(form)).status).toBe(200);
});

test('an app that says a later sign-in took the place of this one gets no ticket', async () => {
  const form = new URLSearchParams({ sid: String(wiki.claims['sid']), cause: 'replaced' });
  expect(await (await callSignOut(form)).json()).toEqual({ ticket: null });
  const row = await host.db
    .selectFrom('sign_ins')
    .select('end_cause')
    .where('id', '=', signInId)
    .executeTakeFirst();
  expect(row?.end_cause).toBe('replaced');
});

test('an unknown sid and one of another app give no ticket and end nothing', async () => {
  const forum = await signOn(host, signInId, 'forum');
  for (const sid of ['unknown', String(forum.claims['sid']), 'x'.repeat(3000)]) {
    const response = await callSignOut(new URLSearchParams({ sid }));
    expect([response.status, await response.json()]).toEqual([200, { ticket: null }]);
  }
  expect(await isLive()).toBe(true);
});

test.each([
  ['no authentication', ''],
  ['a wrong secret', `Basic ${Buffer.from('wiki:wrong').toString('base64')}`],
  ['an unknown app', `Basic ${Buffer.from('nobody:x').toString('base64')}`],
  ['no secret', `Basic ${Buffer.from('wiki').toString('base64')}`],
  ['a broken encoding', `Basic ${Buffer.from('wi%ki:%').toString('base64')}`],
  ['another scheme', 'Bearer x'],
])('a call with %s is refused', async (_what, authorization) => {
  const form = new URLSearchParams({ sid: String(wiki.claims['sid']) });
  const response = await callSignOut(form, { authorization });
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toContain('Basic');
  expect(await isLive()).toBe(true);
});

test.each([
  ['no sid', ''],
  ['an empty sid', 'sid='],
  ['two sids', 'sid=a&sid=b'],
  ['a body without end', `sid=${'x'.repeat(40_000)}`],
])('a call with %s is malformed', async (_what, body) => {
  expect((await callSignOut(body)).status).toBe(400);
});

test('a call with JSON is malformed', async () => {
  const response = await callSignOut('{"sid":"a"}', { 'content-type': 'application/json' });
  expect(response.status).toBe(400);
});

test('a logout token names the app, the account and the sid, is typed, and is fresh each time', async () => {
  const sid = String(wiki.claims['sid']);
  const notice = { signInId, app: 'wiki', sid, accountId: person };
  const first = await host.provider().mintLogoutToken(notice);
  const second = await host.provider().mintLogoutToken(notice);
  const { header, payload } = (await verifyToken(host, first)) ?? { header: {}, payload: {} };
  expect(header).toMatchObject({ typ: 'logout+jwt', alg: 'RS256' });
  expect(payload).toMatchObject({
    iss: host.origin,
    aud: 'wiki',
    sub: person,
    sid,
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  });
  expect(payload).not.toHaveProperty('nonce');
  expect(Number(payload['exp']) - Number(payload['iat'])).toBe(120);
  expect(claimsOf(second)['jti']).not.toBe(payload['jti']);
});

test('no logout token is made for an app that the family does not have', async () => {
  const notice = { signInId, app: 'nobody', sid: 'x', accountId: person };
  await expect(host.provider().mintLogoutToken(notice)).rejects.toThrow('no relying party');
});

function endSessionUrl(parameters: Record<string, string>): string {
  return `/oidc/end-session?${new URLSearchParams(parameters)}`;
}

const home = (): string => `${host.family.apps.get('wiki')?.origin}/`;

test('end-session without parameters shows a button, which signs out', async () => {
  const browser = host.browser(signInId);
  const page = await browser.get('/oidc/end-session');
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('>Sign out</button>');
  expect(await isLive()).toBe(true);
  const done = await browser.post('/oidc/end-session/confirm', {});
  expect(done.headers.get('location')).toBe(`${host.origin}/signed-out`);
  expect(await isLive()).toBe(false);
  browser.signIn(null);
  expect(await (await browser.get('/signed-out')).text()).toContain('You are signed out');
});

test('a valid hint of this sign-in ends it at once and leads back, with the state', async () => {
  const response = await host.browser(signInId).get(
    endSessionUrl({
      id_token_hint: wiki.idToken,
      post_logout_redirect_uri: home(),
      state: 'the-state',
    }),
  );
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toBe(`${home()}?state=the-state`);
  expect(await isLive()).toBe(false);
});

test.each<[string, RequestInit]>([
  ['fetched ahead of a click', { headers: { 'sec-purpose': 'prefetch' } }],
  ['rendered ahead of a click', { headers: { 'sec-purpose': 'prefetch;prerender' } }],
  ['looked at by a link checker', { method: 'HEAD' }],
])('a sign-out link that is %s signs nobody out', async (_what, init) => {
  const url = endSessionUrl({ id_token_hint: wiki.idToken, post_logout_redirect_uri: home() });
  const response = await host.fetch(`${host.origin}${url}`, {
    redirect: 'manual',
    ...init,
    headers: { cookie: `test_sign_in=${signInId}`, ...init.headers },
  });
  expect(response.headers.getSetCookie()).toEqual([]);
  expect(await isLive()).toBe(true);
});

test.each([1_000, 2_000, 2_700, 6_000])(
  'a state of %i characters makes no answer too long for a proxy',
  async (length) => {
    const fields = { post_logout_redirect_uri: home(), state: 's'.repeat(length) };
    const browser = host.browser(signInId);
    const done = await browser.post('/oidc/end-session/confirm', { client_id: 'wiki', ...fields });
    const onward = await browser.get('/signed-out');
    signInId = await host.signIn(person);
    wiki = await signOn(host, signInId, 'wiki');
    const url = endSessionUrl({ id_token_hint: wiki.idToken, ...fields });
    const hinted = await host.browser(signInId).get(url);
    expect(await isLive()).toBe(false);
    for (const { headers } of [done, onward, hinted]) {
      const bytes = [...headers].reduce((sum, pair) => sum + pair.join('').length + 4, 0);
      expect(bytes).toBeLessThan(3_500);
    }
    const leadsBack = hinted.headers.get('location')?.startsWith(home()) ?? false;
    expect(leadsBack).toBe(length === 1_000);
  },
);

test('a hint of another sign-in of the same person asks first', async () => {
  const other = await host.signIn(person);
  const response = await host.browser(other).get(endSessionUrl({ id_token_hint: wiki.idToken }));
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('Sign out?');
  expect(await host.signIns.findLive(other)).not.toBeNull();
  expect(await isLive()).toBe(true);
});

test('a hint of another person asks first', async () => {
  const other = await host.signIn(await host.addAccount(`other-${signInId}`));
  await host.browser(other).get(endSessionUrl({ id_token_hint: wiki.idToken }));
  expect(await host.signIns.findLive(other)).not.toBeNull();
});

test('the button leads back to a registered address of the app that was named', async () => {
  const browser = host.browser(signInId);
  const fields = { client_id: 'wiki', post_logout_redirect_uri: home() };
  const page = await browser.get(endSessionUrl(fields));
  expect(page.headers.get('content-security-policy')).toContain("form-action 'self';");
  const done = await browser.post('/oidc/end-session/confirm', fields);
  expect(done.headers.get('location')).toBe(`${host.origin}/signed-out`);
  const onward = await browser.get('/signed-out');
  expect(onward.status).toBe(200);
  expect(await onward.text()).toContain(`content="0;url=${home()}"`);
  browser.signIn(null);
  expect(await (await browser.get('/signed-out')).text()).not.toContain('http-equiv');
});

test.each([
  ['an address that is not registered', { post_logout_redirect_uri: 'https://evil.example/' }],
  ['a registered address with a query', { post_logout_redirect_uri: 'HOME?x=1' }],
  ['only a state', { state: 'x' }],
  ['an address and no app', { client_id: '', post_logout_redirect_uri: 'HOME' }],
])('signing out by the button with %s redirects nowhere', async (_what, given) => {
  const fields: Record<string, string> = { client_id: 'wiki', ...given };
  if (fields['client_id'] === '') delete fields['client_id'];
  for (const [name, value] of Object.entries(fields)) fields[name] = value.replace('HOME', home());
  const browser = host.browser(signInId);
  const done = await browser.post('/oidc/end-session/confirm', fields);
  expect(done.headers.get('location')).toBe(`${host.origin}/signed-out`);
  browser.signIn(null);
  expect(await (await browser.get('/signed-out')).text()).not.toContain('http-equiv');
});

test.each([
  ['modified', (token: string) => `${token.slice(0, -4)}AAAA`],
  [
    'unsigned',
    (token: string) =>
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`,
  ],
  ['garbage', () => 'garbage'],
])('a %s hint counts as none: asked, and no redirect', async (_what, change) => {
  const response = await host
    .browser(signInId)
    .get(endSessionUrl({ id_token_hint: change(wiki.idToken), post_logout_redirect_uri: home() }));
  expect(response.status).toBe(200);
  expect(response.headers.get('location')).toBeNull();
  expect(await isLive()).toBe(true);
});

test('a hint and an app that disagree are refused, and so is anything repeated', async () => {
  const browser = host.browser(signInId);
  const disagree = endSessionUrl({ id_token_hint: wiki.idToken, client_id: 'forum' });
  expect((await browser.get(disagree)).status).toBe(400);
  const repeated = `${endSessionUrl({ state: 'a' })}&state=b`;
  expect((await browser.get(repeated)).status).toBe(400);
  expect(await isLive()).toBe(true);
});

test('the confirmation takes a POST of our own page alone', async () => {
  const browser = host.browser(signInId);
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
  expect((await browser.post('/oidc/end-session/confirm', {}, foreign)).status).toBe(403);
  expect((await browser.get('/oidc/end-session/confirm')).status).toBe(405);
  expect(await isLive()).toBe(true);
});

test('a form of an app, which brings no cookie, gets the button', async () => {
  const foreign = { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' };
  const page = await host
    .browser()
    .post('/oidc/end-session', { id_token_hint: wiki.idToken }, foreign);
  expect(await page.text()).toContain('>Sign out</button>');
});

test('nobody is signed in here and a valid hint of a live sign-in: asked, then it ends and leads back', async () => {
  const browser = host.browser();
  const fields = { id_token_hint: wiki.idToken, post_logout_redirect_uri: home() };
  const page = await browser.get(endSessionUrl(fields));
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('Sign out?');
  expect(await isLive()).toBe(true);
  const done = await browser.post('/oidc/end-session/confirm', fields);
  expect(done.headers.get('location')).toBe(`${host.origin}/signed-out`);
  expect(await isLive()).toBe(false);
  expect(await (await browser.get('/signed-out')).text()).toContain(`content="0;url=${home()}"`);
  const userinfo = await host.fetch(`${host.origin}/oidc/userinfo`, {
    headers: { authorization: `Bearer ${wiki.accessToken}` },
  });
  expect(userinfo.status).toBe(401);
});

test('nobody is signed in here and the hint is of a sign-in that has ended: back, nothing is asked', async () => {
  await host.end(signInId);
  const fields = { id_token_hint: wiki.idToken, post_logout_redirect_uri: home() };
  const response = await host.browser().get(endSessionUrl(fields));
  expect(response.headers.get('location')).toBe(home());
});

test.each([
  ['no hint', {}],
  ['no hint and an address', { client_id: 'wiki', post_logout_redirect_uri: 'HOME' }],
  ['a hint that is none', { id_token_hint: 'garbage' }],
])(
  'nobody is signed in here and %s: no ending is claimed, and nobody is led on',
  async (_what, given) => {
    const fields = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, value.replace('HOME', home())]),
    );
    const response = await host.browser().get(endSessionUrl(fields));
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).toContain('nobody is signed in');
    expect(text).not.toMatch(/signed out|http-equiv/i);
  },
);

test('a hint of an older sign-in while another is live: asked, then both end', async () => {
  const later = await host.signIn(person);
  const browser = host.browser(later);
  const fields = { id_token_hint: wiki.idToken };
  expect(await (await browser.get(endSessionUrl(fields))).text()).toContain('Sign out?');
  expect(await isLive()).toBe(true);
  await browser.post('/oidc/end-session/confirm', fields);
  expect(await isLive()).toBe(false);
  expect(await host.signIns.findLive(later)).toBeNull();
});

test('a hint of this sign-in ends it without a question, and what else this person is in here', async () => {
  const response = await host.browser(signInId).get(endSessionUrl({ id_token_hint: wiki.idToken }));
  expect(response.headers.get('location')).toBe(`${host.origin}/signed-out`);
  expect(response.headers.getSetCookie().join('\n')).toContain('latchkey_ask_login=1');
  expect(await isLive()).toBe(false);
});

test('a hint whose subject is not the person of its sid names nothing', async () => {
  const other = await host.addAccount(`other-${signInId}`);
  await host.db
    .updateTable('sign_ins')
    .set({ account_id: other })
    .where('id', '=', signInId)
    .execute();
  await host.browser().post('/oidc/end-session/confirm', { id_token_hint: wiki.idToken });
  expect(await isLive()).toBe(true);
});

test('what a request says is shown escaped', async () => {
  const state = '"><script>alert(1)</script>';
  const page = await host.browser(signInId).get(endSessionUrl({ client_id: 'wiki', state }));
  expect(await page.text()).not.toContain('<script>');
});

test('the provider itself sends no notice', async () => {
  const sent: string[] = [];
  await host.browser(signInId).walk(beginFlow(host, 'wiki').url);
  await host.browser(signInId).get(endSessionUrl({ id_token_hint: wiki.idToken }));
  sent.push(...host.events.map(({ type }) => type).filter((type) => type.includes('backchannel')));
  expect(sent).toEqual([]);
  expect(await isLive()).toBe(false);
});
