import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { beginFlow, redeem, signOn, userinfoStatus } from '../../test/code-flow.ts';
import { failWrites } from '../../test/databases.ts';
import { joinedApps } from '../../test/joined-apps.ts';
import { heldRequest, type ProviderHost, startProviderHost } from '../../test/provider-host.ts';

let host: ProviderHost;
let person: string;
let signInId: string;

beforeAll(async () => {
  host = await startProviderHost();
});
afterAll(() => host.close());
beforeEach(async () => {
  host.whenRead = null;
  person = await host.addAccount(`person-${Math.random().toString(36).slice(2)}`);
  signInId = await host.signIn(person);
});

test('an authorization request under way while the sign-in ends revives nothing and brings no code', async () => {
  const browser = host.browser(signInId);
  await browser.walk(beginFlow(host, 'forum').url);
  host.whenRead = async () => {
    host.whenRead = null;
    await host.end(signInId);
  };
  const { location, response } = await browser.walk(beginFlow(host, 'wiki').url);
  expect(location?.searchParams.get('code') ?? null).toBeNull();
  expect(response.status).toBeLessThan(500);
  expect(await host.signIns.findLive(signInId)).toBeNull();
  expect((await joinedApps(host.db, signInId)).map(({ app }) => app)).toEqual(['forum']);
  const after = await browser.walk(beginFlow(host, 'wiki', { prompt: 'none' }).url);
  expect(after.location?.searchParams.get('error')).toBe('login_required');
});

test('a request that comes back from its proof while the sign-in ends asks again', async () => {
  const browser = host.browser();
  const held = (await heldRequest(await browser.get(beginFlow(host, 'wiki').url))) ?? '';
  browser.signIn(signInId);
  await host.end(signInId);
  const again = (await heldRequest(await browser.get(held))) ?? '';
  browser.signIn(await host.signIn(person));
  const { location } = await browser.walk(again);
  expect(location?.searchParams.get('code')).toMatch(/^[\w-]{43}$/);
});

test('a code, an access token and userinfo stop working when the sign-in ends', async () => {
  const flow = beginFlow(host, 'wiki');
  const { location } = await host.browser(signInId).walk(flow.url);
  const { accessToken } = await signOn(host, signInId, 'forum');
  expect(await userinfoStatus(host, accessToken)).toBe(200);
  await host.end(signInId);
  const late = await redeem(host, flow, location?.searchParams.get('code') ?? '');
  expect([late.status, late.error]).toEqual([400, 'invalid_grant']);
  expect(await userinfoStatus(host, accessToken)).toBe(401);
});

test.each([
  'sign-out',
  'idle',
  'absolute',
  'revoked-by-person',
  'revoked-by-administrator',
  'account-suspended',
  'account-deleted',
  'credentials-changed',
  'account-switched',
  'key-compromise',
] as const)('after the ending by %s prompt=none answers login_required', async (cause) => {
  const browser = host.browser(signInId);
  await browser.walk(beginFlow(host, 'wiki').url);
  await host.endings.endSignIn({ signInId, cause });
  const { location } = await browser.walk(beginFlow(host, 'wiki', { prompt: 'none' }).url);
  expect(location?.searchParams.get('error')).toBe('login_required');
});

test('an account that is not active any more gets nothing for its code', async () => {
  const flow = beginFlow(host, 'wiki');
  const { location } = await host.browser(signInId).walk(flow.url);
  await host.setState(person, 'suspended');
  const tokens = await redeem(host, flow, location?.searchParams.get('code') ?? '');
  expect([tokens.status, tokens.error]).toEqual([400, 'invalid_grant']);
});

test('access withdrawn between code and redemption: the code is worth nothing', async () => {
  const flow = beginFlow(host, 'wiki');
  const { location } = await host.browser(signInId).walk(flow.url);
  await host.access.revoke(person, 'wiki');
  const tokens = await redeem(host, flow, location?.searchParams.get('code') ?? '');
  expect([tokens.status, tokens.error]).toEqual([400, 'invalid_grant']);
});

test('access withdrawn while a request is under way: no code, no joining', async () => {
  host.whenRead = async () => {
    host.whenRead = null;
    await host.access.revoke(person, 'wiki');
  };
  const { location } = await host.browser(signInId).walk(beginFlow(host, 'wiki').url);
  expect(location?.searchParams.get('code') ?? null).toBeNull();
  expect(await joinedApps(host.db, signInId)).toEqual([]);
});

test('no app is joined without its code: a code that cannot be stored leaves no joining', async () => {
  const mend = await failWrites(host.db, {
    event: 'before insert',
    table: 'oidc_records',
    when: "new.kind = 'AuthorizationCode'",
  });
  const { location, response } = await host.browser(signInId).walk(beginFlow(host, 'wiki').url);
  await mend();
  expect([response.status, location]).toEqual([500, null]);
  expect(await joinedApps(host.db, signInId)).toEqual([]);
});

test.each([
  ['the sign-in ends', () => host.end(signInId)],
  ['the sign-in grows too old', () => setSignIn({ created_at: 0 })],
  ['the account is suspended', () => host.setState(person, 'suspended')],
  ['access is withdrawn', () => host.access.revoke(person, 'wiki')],
  ['access runs out', () => host.access.grant(person, 'wiki', { until: Date.now() - 1 })],
])('%s while a token request is under way: no token', async (_what, change) => {
  const flow = beginFlow(host, 'wiki');
  const { location } = await host.browser(signInId).walk(flow.url);
  host.whenRead = async () => {
    host.whenRead = null;
    await change();
  };
  const tokens = await redeem(host, flow, location?.searchParams.get('code') ?? '');
  expect([tokens.status, tokens.error, tokens.idToken]).toEqual([400, 'invalid_grant', '']);
  expect(await tokensOf(signInId)).toEqual([]);
});

test.each([
  ['grows too old', () => setSignIn({ created_at: 0 })],
  ['is of an account suspended just now', () => host.setState(person, 'suspended')],
])(
  'an authorization request under way while the sign-in %s: no code, no joining',
  async (_what, change) => {
    host.whenRead = async () => {
      host.whenRead = null;
      await change();
    };
    const { location } = await host.browser(signInId).walk(beginFlow(host, 'wiki').url);
    expect(location?.searchParams.get('code') ?? null).toBeNull();
    expect(await joinedApps(host.db, signInId)).toEqual([]);
  },
);

async function setSignIn(values: { readonly created_at: number }): Promise<void> {
  await host.db.updateTable('sign_ins').set(values).where('id', '=', signInId).execute();
}

function tokensOf(id: string): Promise<readonly unknown[]> {
  const tokens = host.db.selectFrom('oidc_records').selectAll().where('kind', '=', 'AccessToken');
  return tokens.where('sign_in_id', '=', id).execute();
}

test('access withdrawn ends the tokens of that app alone', async () => {
  const wiki = await signOn(host, signInId, 'wiki');
  const forum = await signOn(host, signInId, 'forum');
  await host.access.revoke(person, 'wiki');
  expect(await userinfoStatus(host, wiki.accessToken)).toBe(401);
  expect(await userinfoStatus(host, forum.accessToken)).toBe(200);
});

test('access given back makes a new sid: the app was told that the old one ended', async () => {
  // Granted long before it is given back.
  await host.db
    .updateTable('access')
    .set({ changed_at: 1 })
    .where('account_id', '=', person)
    .execute();
  const before = await signOn(host, signInId, 'wiki');
  await host.access.revoke(person, 'wiki');
  await host.access.grant(person, 'wiki');
  const after = await signOn(host, signInId, 'wiki');
  expect(after.status).toBe(200);
  expect(after.claims['sid']).not.toBe(before.claims['sid']);
});

test('the ending writes a notice for every app that joined, with the sid that the app knows', async () => {
  const wiki = await signOn(host, signInId, 'wiki');
  const forum = await signOn(host, signInId, 'forum');
  await host.end(signInId);
  const notices = await host.db
    .selectFrom('notices')
    .select(['app', 'sid'])
    .where('sign_in_id', '=', signInId)
    .orderBy('app')
    .execute();
  expect(notices).toEqual([
    { app: 'forum', sid: forum.claims['sid'] },
    { app: 'wiki', sid: wiki.claims['sid'] },
  ]);
});
