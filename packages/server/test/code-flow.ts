import {
  createHash,
  createPublicKey,
  createVerify,
  type JsonWebKey,
  randomBytes,
} from 'node:crypto';
import { clientSecretOf } from '../src/provider/clients.ts';
import type { ProviderHost } from './provider-host.ts';

/** One authorization request of an app of the test family. */
export interface CodeFlow {
  readonly app: string;
  readonly url: string;
  readonly verifier: string;
  readonly redirectUri: string;
}

/** What the token endpoint answered. */
export interface TokenAnswer {
  readonly status: number;
  readonly error: string | null;
  readonly accessToken: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly idToken: string;
}

/** An authorization request with PKCE; `changes` replace parameters, undefined takes one away. */
export function beginFlow(
  host: ProviderHost,
  app: string,
  changes: Readonly<Record<string, string | undefined>> = {},
): CodeFlow {
  const verifier = randomBytes(32).toString('base64url');
  const redirectUri = host.family.apps.get(app)?.redirectUris[0] ?? '';
  const parameters: Record<string, string | undefined> = {
    client_id: app,
    response_type: 'code',
    scope: 'openid profile email',
    redirect_uri: redirectUri,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state: 'the-state',
    nonce: 'the-nonce',
    ...changes,
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, value);
  }
  return { app, url: `/oidc/authorize?${query}`, verifier, redirectUri };
}

/** The `Authorization` header of an app. */
export function basicAuth(host: ProviderHost, app: string, secret?: string): string {
  const known = secret ?? clientSecretOf(host.family.secrets[0] ?? '', app);
  return `Basic ${Buffer.from(`${app}:${known}`).toString('base64')}`;
}

/** Redeems a code; `redeeming` replaces parameters, undefined takes one away. */
export async function redeem(
  host: ProviderHost,
  flow: CodeFlow & { readonly redeeming?: Readonly<Record<string, string | undefined>> },
  code: string,
): Promise<TokenAnswer> {
  const parameters: Record<string, string | undefined> = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: flow.redirectUri,
    code_verifier: flow.verifier,
    ...flow.redeeming,
  };
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) body.set(name, value);
  }
  const response = await host.fetch(`${host.origin}/oidc/token`, {
    method: 'POST',
    headers: { authorization: basicAuth(host, flow.app) },
    body,
  });
  const answer = (await response.json()) as Record<string, string | undefined>;
  const idToken = answer['id_token'] ?? '';
  return {
    status: response.status,
    error: answer['error'] ?? null,
    accessToken: answer['access_token'] ?? '',
    claims: idToken === '' ? {} : claimsOf(idToken),
    idToken,
  };
}

/** The payload of a JWT, unverified. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const text = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  return JSON.parse(text) as Record<string, unknown>;
}

/** Header and payload of an RS256 token that a published key of the provider verifies; else null. */
export async function verifyToken(
  host: ProviderHost,
  token: string,
): Promise<{
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
} | null> {
  const response = await host.fetch(`${host.origin}/oidc/jwks`);
  const { keys } = (await response.json()) as { keys: (JsonWebKey & { kid: string })[] };
  const [head = '', body = '', signature = ''] = token.split('.');
  const header = JSON.parse(Buffer.from(head, 'base64url').toString('utf8')) as Record<
    string,
    unknown
  >;
  const key = keys.find(({ kid }) => kid === header['kid']);
  if (key === undefined || header['alg'] !== 'RS256' || 'd' in key) return null;
  const isGood = createVerify('sha256')
    .update(`${head}.${body}`)
    .verify(createPublicKey({ key, format: 'jwk' }), Buffer.from(signature, 'base64url'));
  return isGood ? { header, payload: claimsOf(token) } : null;
}

/** A whole sign-on of a signed-in browser: from the app's request to its tokens. */
export async function signOn(
  host: ProviderHost,
  signInId: string,
  app: string,
): Promise<TokenAnswer> {
  const flow = beginFlow(host, app);
  const { location } = await host.browser(signInId).walk(flow.url);
  return redeem(host, flow, location?.searchParams.get('code') ?? '');
}

/** The status that userinfo answers. */
export async function userinfoStatus(host: ProviderHost, accessToken: string): Promise<number> {
  const response = await host.fetch(`${host.origin}/oidc/userinfo`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  await response.body?.cancel();
  return response.status;
}
