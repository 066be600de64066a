import { createHash, randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** A login host in memory, reached through `fetch` alone. What it says can be bent, for negative tests. */
export interface FakeIssuer {
  readonly url: string;
  fetch(url: string, init?: RequestInit): Promise<Response>;
  /** What breaks: every call, one path, or nothing. */
  down: 'all' | 'token' | 'jwks' | 'sign-out' | null;
  /** How the sign-out endpoint answers. */
  signOutStatus: number;
  /** Replaces members of the next ID tokens; undefined takes one away. */
  idTokenChanges: Record<string, unknown>;
  /** Replaces parameters of the next answers to authorization requests. */
  answerChanges: Record<string, string | undefined>;
  /** `sid`s that the app ended here. */
  readonly ended: string[];
  /** Why, in the same order. */
  readonly endCauses: string[];
  readonly calls: string[];
  readonly authorizations: URL[];
  /** Answers an authorization request as somebody who is signed in: where the browser goes next. */
  authorize(location: string, person: Person): string;
  /** A logout token; `claims` and `header` are laid over a good one, undefined takes a member away. */
  logoutToken(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  /** Signs with a new key under a new id; the old one goes from the key set. */
  rotateKey(): Promise<void>;
}

export interface Person {
  readonly id: string;
  readonly sid: string;
  readonly email?: string;
  readonly name?: string;
}

interface Grant {
  readonly person: Person;
  readonly nonce: string;
  readonly challenge: string;
  readonly redirectUri: string;
}

export const clientId = 'wiki';
export const clientSecret = 'the-client-secret-of-the-wiki-43-characters';
const backChannelEvent = 'http://schemas.openid.net/event/backchannel-logout';

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one bench, put together in one place
export async function createFakeIssuer(now: () => number = Date.now): Promise<FakeIssuer> {
  const url = 'https://login.kittens.example';
  const grants = new Map<string, Grant>();
  let number = 0;
  let key = await newKey();

  async function newKey(): Promise<{ kid: string; privateKey: CryptoKey; publicJwk: JWK }> {
    number += 1;
    const kid = `key-${number}`;
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256' } };
  }

  function sign(claims: Record<string, unknown>, header: Record<string, unknown>): Promise<string> {
    const present = Object.fromEntries(
      Object.entries(claims).filter(([, value]) => value !== undefined),
    );
    const given = { alg: 'ES256', kid: key.kid, ...header };
    const kept = Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    ) as { alg: string };
    return new SignJWT(present).setProtectedHeader(kept).sign(key.privateKey);
  }

  async function token(init: RequestInit): Promise<Response> {
    const form = new URLSearchParams(String(init.body));
    const grant = grants.get(form.get('code') ?? '');
    grants.delete(form.get('code') ?? '');
    const verifier = form.get('code_verifier') ?? '';
    const isRight =
      isClient(init) &&
      grant?.challenge === createHash('sha256').update(verifier).digest('base64url') &&
      grant.redirectUri === form.get('redirect_uri');
    if (!isRight || grant === undefined) return json({ error: 'invalid_grant' }, 400);
    const { person, nonce } = grant;
    const at = Math.floor(now() / 1000);
    const claims = {
      iss: issuer.url,
      aud: clientId,
      sub: person.id,
      sid: person.sid,
      nonce,
      iat: at,
      exp: at + 600,
      auth_time: at - 5,
      amr: ['pwd'],
      email: person.email ?? 'ben@kittens.example',
      name: person.name ?? 'Ben',
      ...issuer.idTokenChanges,
    };
    return json({
      access_token: 'access',
      token_type: 'Bearer',
      expires_in: 600,
      id_token: await sign(claims, {}),
    });
  }

  const issuer: FakeIssuer = {
    url,
    down: null,
    signOutStatus: 200,
    idTokenChanges: {},
    answerChanges: {},
    ended: [],
    endCauses: [],
    calls: [],
    authorizations: [],
    async fetch(address, init = {}) {
      const { origin, pathname } = new URL(address);
      issuer.calls.push(pathname);
      const part = pathname.slice(pathname.lastIndexOf('/') + 1);
      if (origin !== url || issuer.down === 'all' || issuer.down === part) {
        throw new TypeError('fetch failed');
      }
      if (pathname === '/.well-known/openid-configuration') return json(metadata(url));
      if (pathname === '/oidc/jwks') return json({ keys: [key.publicJwk] });
      if (pathname === '/oidc/token') return token(init);
      if (pathname !== '/oidc/sign-out') return new Response('', { status: 404 });
      if (!isClient(init)) return new Response('', { status: 401 });
      if (issuer.signOutStatus === 200) {
        const form = new URLSearchParams(String(init.body));
        issuer.ended.push(form.get('sid') ?? '');
        issuer.endCauses.push(form.get('cause') ?? '');
        return json({ ticket: 'the-ticket' });
      }
      return new Response(null, { status: issuer.signOutStatus });
    },
    authorize(location, person) {
      const request = new URL(location);
      issuer.authorizations.push(request);
      const asked = request.searchParams;
      const code = randomUUID();
      const redirectUri = asked.get('redirect_uri') ?? '';
      const [nonce, challenge] = [asked.get('nonce') ?? '', asked.get('code_challenge') ?? ''];
      grants.set(code, { person, nonce, challenge, redirectUri });
      const answer = new URL(redirectUri);
      const parameters = { code, state: asked.get('state') ?? '', iss: url };
      for (const [name, value] of Object.entries({ ...parameters, ...issuer.answerChanges })) {
        if (value !== undefined) answer.searchParams.set(name, value);
      }
      return answer.href;
    },
    logoutToken(claims = {}, header = {}) {
      const at = Math.floor(now() / 1000);
      const good = {
        iss: url,
        aud: clientId,
        iat: at,
        exp: at + 120,
        jti: randomUUID(),
        events: { [backChannelEvent]: {} },
      };
      return sign({ ...good, ...claims }, { typ: 'logout+jwt', ...header });
    },
    async rotateKey() {
      key = await newKey();
    },
  };
  return issuer;
}

function metadata(url: string): Record<string, unknown> {
  return {
    issuer: url,
    authorization_endpoint: `${url}/oidc/authorize`,
    token_endpoint: `${url}/oidc/token`,
    jwks_uri: `${url}/oidc/jwks`,
    authorization_response_iss_parameter_supported: true,
    id_token_signing_alg_values_supported: ['ES256'],
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
  };
}

function isClient(init: RequestInit): boolean {
  const header = new Headers(init.headers).get('authorization') ?? '';
  const [id = '', secret = ''] = Buffer.from(header.replace(/^Basic /, ''), 'base64')
    .toString('utf8')
    .split(':')
    .map(decodeURIComponent);
  return id === clientId && secret === clientSecret;
}

function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json' },
  });
}
