import type { Family } from '@latchkey/session';
import {
  type AdapterFactory,
  type Client,
  type Configuration,
  errors,
  type FindAccount,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import type { PageMaker } from '../pages/page.ts';
import type { Clients } from './clients.ts';
import { errorPage } from './error-page.ts';
import { createGrantLoader, type GrantLoaderDeps } from './grants.ts';
import type { createInteractionPolicy } from './interaction-policy.ts';
import { providerRoutes } from './routes.ts';
import type { SigningJwk } from './signing-keys.ts';

/** What {@link createConfiguration} puts together. */
export interface ConfigurationParts {
  readonly family: Family;
  readonly clients: Clients;
  readonly signingKeys: readonly [SigningJwk, ...SigningJwk[]];
  readonly adapter: AdapterFactory;
  readonly findAccount: FindAccount;
  readonly grants: Omit<GrantLoaderDeps, 'scopes'>;
  readonly policy: ReturnType<typeof createInteractionPolicy>;
  readonly page: PageMaker;
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
}

const scopes = ['openid', 'profile', 'email'] as const;
const algorithms = ['RS256', 'ES256'] as const;

/** Seconds. A code is redeemed at once, from server to server; an access token is for userinfo, right after. */
const ttl = { AuthorizationCode: 60, AccessToken: 600, IdToken: 600, Interaction: 60 };
/** Characters. Both go into rows and into answers; that of `@latchkey/sso` for the longest page has 2,700. */
const [maxStateLength, maxNonceLength] = [4_096, 512];

/** oidc-provider's configuration: only what a family needs, everything else off. */
export function createConfiguration(parts: ConfigurationParts): Configuration {
  const { family, clients } = parts;
  // Of the sign-ins; what belongs to one ends with it, whatever its own time.
  const longest = family.remembered.absoluteSeconds;
  return {
    adapter: parts.adapter,
    clients: [...clients.metadata],
    jwks: { keys: [...parts.signingKeys] },
    findAccount: parts.findAccount,
    loadExistingGrant: createGrantLoader({ ...parts.grants, scopes }),
    // What waits is not kept: `authorize.ts` answers in the place of the provider's own redirect.
    interactions: { policy: [...parts.policy], url: () => providerRoutes.authorization },
    extraParams: {
      state: (_ctx, value) => refuseLong('state', value, maxStateLength),
      nonce: (_ctx, value) => refuseLong('nonce', value, maxNonceLength),
    },
    routes: providerRoutes,
    features: features(),
    // Without offline_access: a refresh token would outlive what ended.
    scopes: [...scopes],
    claims: {
      openid: ['sub', 'amr', 'auth_time'],
      profile: ['name', 'roles', 'groups'],
      email: ['email', 'email_verified'],
    },
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    pkce: { required: () => true },
    clientAuthMethods: ['client_secret_basic'],
    enabledJWA: { idTokenSigningAlgValues: [...algorithms] },
    subjectTypes: ['public'],
    acceptQueryParamAccessTokens: false,
    allowOmittingSingleRegisteredRedirectUri: false,
    clientBasedCORS: () => false,
    // Codes and tokens are good only while the sign-in is.
    expiresWithSession: () => true,
    ttl: { ...ttl, Session: longest, Grant: longest },
    renderError: (ctx, out) => renderError(ctx, out.error, parts.page),
    fetch: (url, init) => parts.fetch(String(url), init),
  };
}

/** On a page: a redirect to the app would have to bring the long text along. */
function refuseLong(name: string, value: string | undefined, max: number): void {
  if (value === undefined || value.length <= max) return;
  const error = new errors.InvalidRequest(`${name} has more than ${max} characters`);
  throw Object.assign(error, { allow_redirect: false });
}

function features(): NonNullable<Configuration['features']> {
  return {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    revocation: { enabled: true, allowedPolicy: isOwnToken },
    introspection: { enabled: true, allowedPolicy: isOwnToken },
    pushedAuthorizationRequests: { enabled: true },
    dPoP: { enabled: false },
    resourceIndicators: { enabled: false },
  };
}

function isOwnToken(
  _ctx: KoaContextWithOIDC,
  client: Client,
  token: { readonly clientId?: string | undefined },
): boolean {
  return token.clientId === client.clientId;
}

/** The public words of an error; the detail goes to the events. */
export async function renderError(
  ctx: Pick<KoaContextWithOIDC, 'status' | 'body' | 'set'>,
  error: string,
  page: PageMaker,
): Promise<void> {
  const answer = await page(errorPage(error, ctx.status));
  answer.headers.forEach((value, name) => {
    ctx.set(name, value);
  });
  ctx.status = answer.status;
  ctx.body = await answer.text();
}
