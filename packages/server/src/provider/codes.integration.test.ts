import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  basicAuth,
  beginFlow,
  redeem,
  signOn,
  userinfoStatus,
  verifyToken,
} from '../../test/code-flow.ts';
import { type ProviderHost, startProviderHost, testSecrets } from '../../test/provider-host.ts';
import { sweep } from '../database/sweep.ts';
import { clientSecretOf } from './clients.ts';

let host: ProviderHost;
let person: string;
let signInId: string;

beforeAll(async () => {
  host = await startProviderHost();
});
afterAll(() => host.close());
beforeEach(async () => {
  person = await host.addAccount(`person-${Math.random().toString(36).slice(2)}`);
  signInId = await host.signIn(person);
});

async function codeFor(flow: { readonly url: string }): Promise<string> {
  const { location } = await host.browser(signInId).walk(flow.url);
  return location?.searchParams.get('code') ?? '';
}

test('of fifty parallel redemptions of one code exactly one wins, and what it got is revoked', async () => {
  const flow = beginFlow(host, 'wiki');
  const code = await codeFor(flow);
  const answers = await Promise.all(Array.from({ length: 50 }, () => redeem(host, flow, code)));
  const won = answers.filter(({ status }) => status === 200);
  expect(won.length).toBe(1);
  const lost = answers.filter(({ status }) => status !== 200);
  expect(new Set(lost.map(({ error }) => error))).toEqual(new Set(['invalid_grant']));
  for (const { accessToken } of won) expect(await userinfoStatus(host, accessToken)).toBe(401);
});

test('a code that is replayed later is refused and revokes what came of it', async () => {
  const flow = beginFlow(host, 'wiki');
  const code = await codeFor(flow);
  const first = await redeem(host, flow, code);
  expect(await userinfoStatus(host, first.accessToken)).toBe(200);
  const second = await redeem(host, flow, code);
  expect([second.status, second.error]).toEqual([400, 'invalid_grant']);
  expect(await userinfoStatus(host, first.accessToken)).toBe(401);
  // The next sign-on makes the grant anew; the revoked token stays revoked.
  expect((await signOn(host, signInId, 'wiki')).status).toBe(200);
  expect(await userinfoStatus(host, first.accessToken)).toBe(401);
});

test('a code is good for the app that it was made for alone', async () => {
  const flow = beginFlow(host, 'wiki');
  const code = await codeFor(flow);
  const stolen = await redeem(host, { ...flow, app: 'forum' }, code);
  expect([stolen.status, stolen.error]).toEqual([400, 'invalid_grant']);
});

test.each([
  ['no verifier', { code_verifier: undefined }],
  ['a wrong verifier', { code_verifier: 'x'.repeat(43) }],
  ['another redirect URI', { redirect_uri: 'http://wiki.ponies.localhost:1/_latchkey/callback' }],
  ['no redirect URI', { redirect_uri: undefined }],
])('a code with %s is refused', async (_what, changes) => {
  const flow = beginFlow(host, 'wiki');
  const answer = await redeem(host, { ...flow, redeeming: changes }, await codeFor(flow));
  expect(answer.status).toBe(400);
  expect(['invalid_grant', 'invalid_request']).toContain(answer.error);
});

test.each([
  ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }],
  ['PKCE plain', { code_challenge_method: 'plain' }],
  ['a challenge without method', { code_challenge_method: undefined }],
  ['a method without challenge', { code_challenge: undefined }],
  ['the implicit flow', { response_type: 'id_token token' }],
  ['a hybrid flow', { response_type: 'code id_token' }],
  ['fragment mode', { response_mode: 'fragment' }],
])('a request with %s gets an error and no code', async (_what, changes) => {
  const { location, response } = await host
    .browser(signInId)
    .walk(beginFlow(host, 'wiki', changes).url);
  const answer = new URLSearchParams(location?.hash.slice(1) || location?.search || 'error=page');
  expect(answer.get('code')).toBeNull();
  expect(answer.get('error')).toBeTruthy();
  expect(response.status).toBeLessThan(500);
});

test('no refresh token is given, also where offline access is asked for', async () => {
  const flow = beginFlow(host, 'wiki', { scope: 'openid offline_access', prompt: 'consent' });
  const { location } = await host.browser(signInId).walk(flow.url);
  const response = await host.fetch(`${host.origin}/oidc/token`, {
    method: 'POST',
    headers: { authorization: basicAuth(host, 'wiki') },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: location?.searchParams.get('code') ?? '',
      redirect_uri: flow.redirectUri,
      code_verifier: flow.verifier,
    }),
  });
  expect(Object.keys((await response.json()) as object)).not.toContain('refresh_token');
});

test('a repeated parameter is refused', async () => {
  const { url, redirectUri } = beginFlow(host, 'wiki');
  const evil = `${url}&redirect_uri=${encodeURIComponent(redirectUri)}&redirect_uri=https%3A%2F%2Fevil.example`;
  const { location, response } = await host.browser(signInId).walk(evil);
  expect(location?.host ?? '').not.toContain('evil');
  expect(location?.searchParams.get('code') ?? null).toBeNull();
  expect(response.status).toBeLessThan(500);
});

test('a wrong client secret is refused', async () => {
  const response = await host.fetch(`${host.origin}/oidc/token`, {
    method: 'POST',
    headers: { authorization: basicAuth(host, 'wiki', 'x'.repeat(43)) },
    body: new URLSearchParams({ grant_type: 'authorization_code', code: 'x' }),
  });
  expect(response.status).toBe(401);
});

test('while a secret is changed, older app keys, codes and the sid stay good', async () => {
  const flow = beginFlow(host, 'wiki');
  const before = await signOn(host, signInId, 'wiki');
  const code = await codeFor(flow);
  const oldAuth = basicAuth(host, 'wiki');
  await host.restart(['a-new-secret-a-new-secret-a-new-secret', ...testSecrets]);
  expect(host.provider().authenticateClient(oldAuth)).toBe('wiki');
  const after = await redeem(host, flow, code);
  expect(after.status).toBe(200);
  expect(after.claims['sid']).toBe(before.claims['sid']);
  expect(await verifyToken(host, before.idToken)).not.toBeNull();
  await host.restart(testSecrets);
});

test('every token is signed by a key of the published set', async () => {
  const { idToken } = await signOn(host, signInId, 'wiki');
  expect(await verifyToken(host, idToken)).not.toBeNull();
});

test('revoking an access token also takes the codes of that app under way (trap of oidc-provider)', async () => {
  const { accessToken } = await signOn(host, signInId, 'wiki');
  const flow = beginFlow(host, 'wiki');
  const code = await codeFor(flow);
  const revoke = (app: string): Promise<Response> =>
    host.fetch(`${host.origin}/oidc/revoke`, {
      method: 'POST',
      headers: { authorization: basicAuth(host, app) },
      body: new URLSearchParams({ token: accessToken }),
    });
  await revoke('forum');
  expect(await userinfoStatus(host, accessToken)).toBe(200);
  await revoke('wiki');
  expect(await userinfoStatus(host, accessToken)).toBe(401);
  expect((await redeem(host, flow, code)).status).toBe(400);
});

test('introspection tells an app about its own tokens alone', async () => {
  const { accessToken } = await signOn(host, signInId, 'wiki');
  const introspect = async (app: string): Promise<unknown> => {
    const response = await host.fetch(`${host.origin}/oidc/introspect`, {
      method: 'POST',
      headers: { authorization: basicAuth(host, app) },
      body: new URLSearchParams({ token: accessToken }),
    });
    return ((await response.json()) as { active?: unknown }).active;
  };
  expect(await introspect('wiki')).toBe(true);
  expect(await introspect('forum')).toBe(false);
});

test('a pushed request works, once', async () => {
  const flow = beginFlow(host, 'wiki');
  const pushed = await host.fetch(`${host.origin}/oidc/par`, {
    method: 'POST',
    headers: { authorization: basicAuth(host, 'wiki') },
    body: new URLSearchParams(flow.url.slice(flow.url.indexOf('?'))),
  });
  const { request_uri: requestUri = '' } = (await pushed.json()) as { request_uri?: string };
  const url = `/oidc/authorize?${new URLSearchParams({ client_id: 'wiki', request_uri: requestUri })}`;
  const { location } = await host.browser(signInId).walk(url);
  expect((await redeem(host, flow, location?.searchParams.get('code') ?? '')).status).toBe(200);
  const again = await host.browser(signInId).walk(url);
  expect(again.location?.searchParams.get('code') ?? null).toBeNull();
});

test('an answer by form post lets its script through, and the app lead on to wherever it likes', async () => {
  const flow = beginFlow(host, 'wiki', { response_mode: 'form_post' });
  const response = await host.browser(signInId).get(flow.url);
  expect(response.status).toBe(200);
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).not.toContain('form-action');
  expect(response.headers.get('cross-origin-opener-policy')).toBeNull();
  expect(policy).toContain("'sha256-");
  expect(policy).toContain("frame-ancestors 'none'");
});

test('URLs follow the config and never the request', async () => {
  const response = await host.fetch(`${host.origin}/.well-known/openid-configuration`, {
    headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
  });
  const metadata = JSON.stringify(await response.json());
  expect(metadata).not.toContain('evil.example');
  expect(metadata).toContain(`"issuer":"${host.origin}"`);
  expect(metadata).not.toContain('implicit');
});

test('codes and tokens that ran out are swept; what lives stays', async () => {
  await signOn(host, signInId, 'wiki');
  const kinds = async () =>
    (await host.db.selectFrom('oidc_records').select('kind').execute()).map(({ kind }) => kind);
  const before = await kinds();
  expect(before).toContain('Grant');
  const { db } = host;
  await sweep({ db, now: Date.now });
  expect(await kinds()).toEqual(before);
  // All of it names when it runs out: no row stays for good.
  const inTwoYears = () => Date.now() + 63_072_000_000;
  expect(await sweep({ db, now: inTwoYears })).toMatchObject({ isDone: true });
  expect(await kinds()).toEqual([]);
});

test('an ending takes all of it along, the grant too', async () => {
  await signOn(host, signInId, 'wiki');
  const ofSignIn = host.db.selectFrom('oidc_records').select('kind');
  const kinds = await ofSignIn.where('sign_in_id', '=', signInId).orderBy('kind').execute();
  expect(kinds.map(({ kind }) => kind)).toEqual(['AccessToken', 'AuthorizationCode', 'Grant']);
  const before = await ofSignIn.execute();
  await host.end(signInId);
  expect(await ofSignIn.execute()).toHaveLength(before.length - 3);
});

test('the secret of an app follows from its app key', () => {
  expect(clientSecretOf(testSecrets[0], 'wiki')).toMatch(/^[\w-]{43}$/);
  expect(clientSecretOf(testSecrets[0], 'wiki')).not.toBe(clientSecretOf(testSecrets[0], 'forum'));
});

test.each([
  ['/oidc/token', 'POST'],
  ['/oidc/userinfo', 'GET'],
  ['/oidc/userinfo', 'POST'],
  ['/oidc/introspect', 'POST'],
  ['/oidc/revoke', 'POST'],
  ['/oidc/par', 'POST'],
])('an error of %s (%s) is JSON whatever the client would read', async (path, method) => {
  for (const accept of [
    'text/html',
    'text/html,application/xhtml+xml,*/*;q=0.8',
    'image/png',
    '',
  ]) {
    const response = await host.fetch(`${host.origin}${path}`, { method, headers: { accept } });
    expect([accept, response.headers.get('content-type')]).toEqual([
      accept,
      'application/json; charset=utf-8',
    ]);
    expect(await response.json()).toHaveProperty('error');
  }
});

test('the discovery document lists what is taken, and nothing else', async () => {
  const response = await host.fetch(`${host.origin}/.well-known/openid-configuration`);
  const found = (await response.json()) as Record<string, unknown>;
  const browser = host.browser(signInId);
  const isTaken = async (changes: Record<string, string>): Promise<boolean> => {
    const answer = await browser.get(beginFlow(host, 'wiki', changes).url);
    return `${answer.headers.get('location')}${await answer.text()}`.match(/\bcode["=]/) !== null;
  };
  const taken = async (name: string, values: readonly string[]) => {
    const verdicts = await Promise.all(values.map((value) => isTaken({ [name]: value })));
    return values.filter((_, index) => verdicts[index]);
  };
  const modes = ['query', 'fragment', 'form_post', 'web_message', 'jwt'];
  expect(found['response_modes_supported']).toEqual(await taken('response_mode', modes));
  const types = ['code', 'id_token', 'token', 'none', 'code id_token'];
  expect(found['response_types_supported']).toEqual(await taken('response_type', types));
  const methods = ['S256', 'plain'];
  expect(found['code_challenge_methods_supported']).toEqual(
    await taken('code_challenge_method', methods),
  );
  expect(found).toMatchObject({
    grant_types_supported: ['authorization_code'],
    token_endpoint_auth_methods_supported: ['client_secret_basic'],
    claims_parameter_supported: false,
    request_uri_parameter_supported: false,
    scopes_supported: ['openid', 'profile', 'email'],
    subject_types_supported: ['public'],
  });
  expect(found).not.toHaveProperty('registration_endpoint');
});
