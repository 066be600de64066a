import type { Family } from '@latchkey/session';
import type {
  AdapterFactory,
  Client,
  Configuration,
  FindAccount,
  KoaContextWithOIDC,
} from 'oidc-provider';
import type { PageMaker } from '../pages/page.ts';
import type { Clients } from './clients.ts';
import { errorPage } from './error-page.ts';
import { createGrantLoader, type GrantLoaderDeps } from './grants.ts';
import { createInteractionPolicy } from './interaction-policy.ts';
import type { ProviderKeys } from './keys.ts';
import { interactionPath, providerRoutes } from './routes.ts';
import type { SigningJwk } from './signing-keys.ts';

/** What {@link createConfiguration} puts together. */
export interface ConfigurationParts {
  readonly family: Family;
  readonly clients: Clients;
  readonly keys: ProviderKeys;
  readonly signingKeys: readonly [SigningJwk, ...SigningJwk[]];
  readonly adapter: AdapterFactory;
  readonly findAccount: FindAccount;
  readonly grants: Omit<GrantLoaderDeps, 'scopes'>;
  readonly page: PageMaker;
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
}

const scopes = ['openid', 'profile', 'email'] as const;
const algorithms = ['RS256', 'ES256'] as const;

/** Seconds. A code is redeemed at once, from server to server; an access token is for userinfo, right after. */
const ttl = { AuthorizationCode: 60, AccessToken: 600, IdToken: 600, Interaction: 3600 };
const longCookie = { httpOnly: true, sameSite: 'lax', path: '/', overwrite: true } as const;

/** oidc-provider's configuration: only what a family needs, everything else off. */
export function createConfiguration(parts: ConfigurationParts): Configuration {
  const { family, clients, keys } = parts;
  // Of the sign-ins; what hangs off one ends with it, whatever its own time.
  const longest = family.remembered.absoluteSeconds;
  return {
    adapter: parts.adapter,
    clients: [...clients.metadata],
    jwks: { keys: [...parts.signingKeys] },
    findAccount: parts.findAccount,
    loadExistingGrant: createGrantLoader({ ...parts.grants, scopes }),
    interactions: {
      policy: createInteractionPolicy(parts.grants.mayEnter),
      url: (_ctx, interaction) => `${interactionPath}/${interaction.uid}`,
    },
    cookies: { keys: [...keys.cookies], names: cookieNames(family), long: longCookie },
    routes: providerRoutes,
    features: features(),
    // Without offline_access: a refresh token would outlive what ended.
    scopes: [...scopes],
    claims: { openid: ['sub', 'amr', 'auth_time'], profile: ['name'], email: ['email'] },
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

/** Prefixed as far as browsers allow: the two short cookies are bound to a path, which `__Host-` forbids. */
function cookieNames(family: Family): { session: string; interaction: string; resume: string } {
  const key = family.loginHost.cookie.name.replace(/^__(Host|Secure)-/, '');
  return {
    session: `__Host-${key}_oidc`,
    interaction: `__Secure-${key}_interaction`,
    resume: `__Secure-${key}_resume`,
  };
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
