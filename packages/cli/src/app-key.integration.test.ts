import { deriveAppKey, deriveClientSecret } from '@latchkey/session/parts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWorkplace, secret, type Workplace } from '../test/command.ts';

const older = 'YW5vdGhlciBzZWNyZXQgb2YgdGhlIGZhbWlseSwgb2xkZXIh';

let place: Workplace;
beforeAll(async () => {
  place = await createWorkplace();
});
afterAll(() => place.remove());

test('it prints the key of an app, ready for the environment', async () => {
  expect(await place.run(['app-key', 'shop'])).toEqual({
    exitCode: 0,
    stdout: `${deriveAppKey(secret, 'shop')}\n`,
    stderr: '',
  });
});

test('while a secret is being changed it prints a key for each, newest first', async () => {
  const both = { LATCHKEY_SECRET: `${secret},${older}` };
  const keys = [deriveAppKey(secret, 'shop'), deriveAppKey(older, 'shop')];
  expect((await place.run(['app-key', 'shop'], '', both)).stdout).toBe(`${keys.join(',')}\n`);
  const { stdout } = await place.run(['app-key', 'shop', '--json'], '', both);
  expect(JSON.parse(stdout)).toEqual({ app: 'shop', reach: 'handshake', appKeys: keys });
});

test('it prints what a foreign OpenID Connect client is set up with', async () => {
  const clientSecret = (from: string) => deriveClientSecret(deriveAppKey(from, 'wiki'));
  const issuer = `http://login.kittens.localhost:${place.port}`;
  const both = { LATCHKEY_SECRET: `${secret},${older}` };
  const { stdout } = await place.run(['app-key', 'wiki', '--client', '--json'], '', both);
  expect(JSON.parse(stdout)).toEqual({
    issuer,
    discovery_url: `${issuer}/.well-known/openid-configuration`,
    client_id: 'wiki',
    client_secret: clientSecret(secret),
    older_client_secrets: [clientSecret(older)],
    token_endpoint_auth_method: 'client_secret_basic',
    scope: 'openid profile email',
    code_challenge_method: 'S256',
    id_token_signed_response_alg: 'RS256',
    redirect_uris: ['https://wiki.example/_latchkey/callback'],
    post_logout_redirect_uris: ['https://wiki.example/'],
    backchannel_logout_uri: 'https://wiki.example/_latchkey/back-channel-logout',
  });
  const lines = (await place.run(['app-key', 'wiki', '--client'])).stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(12);
  expect(lines[3]).toMatch(new RegExp(`^client_secret +${clientSecret(secret)}$`));
});

test('an app that is no client is refused', async () => {
  const ended = await place.run(['app-key', 'shop', '--client']);
  expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ended.stderr).toContain("only apps of reach 'oidc'");
});

test('an unknown app is refused and the apps are named', async () => {
  const ended = await place.run(['app-key', 'shoop', '--json']);
  expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
  expect(JSON.parse(ended.stderr)).toEqual({
    error: { code: 'app_unknown', message: expect.stringContaining('shop, wiki') },
  });
});

test.each([
  ['no secret', ''],
  ['a short one', 'short-secret-8131'],
  ['one of repeated characters', 'ab'.repeat(40)],
])('%s is refused without being shown', async (_what, given) => {
  const ended = await place.run(['app-key', 'shop'], '', { LATCHKEY_SECRET: given });
  expect(ended).toMatchObject({ exitCode: 1, stdout: '' });
  expect(ended.stderr).toContain('at least 32 random bytes');
  if (given !== '') expect(ended.stderr).not.toContain(given);
});
