import { type Family, LatchkeyError, memberOf } from '@latchkey/session';

import { createFamilyKeys } from '../family-keys.ts';
import { clientSecretOf, createClients } from './clients.ts';
import { discoveryPaths } from './routes.ts';

/** What an app of reach `oidc` needs to be set up as a client of the login host. */
export interface ClientRegistration {
  readonly clientId: string;
  /** Newest first: several while a family secret is being changed. Any of them is taken. */
  readonly clientSecrets: readonly string[];
  /** The issuer identifier, letter by letter. */
  readonly issuer: string;
  readonly discoveryUrl: string;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  /** Where the app must take logout notices, or null. */
  readonly backChannelLogoutUri: string | null;
}

/**
 * The registration of an app as the login host has it. Throws `app_unknown`, `secret_missing`, and `option_invalid` for an
 * app of another reach, which is no client.
 */
export function clientRegistration(family: Family, app: string): ClientRegistration {
  const member = memberOf(family, app);
  if (member.reach !== 'oidc') {
    throw new LatchkeyError(
      'option_invalid',
      `apps.${app} has reach '${member.reach}': only apps of reach 'oidc' are clients of the login host.`,
    );
  }
  createFamilyKeys(family);
  const { origin } = family.loginHost;
  const metadata = createClients(family).metadata.find((client) => client.client_id === app);
  return {
    clientId: app,
    clientSecrets: family.secrets.map((secret) => clientSecretOf(secret, app)),
    issuer: origin,
    discoveryUrl: `${origin}${discoveryPaths[0]}`,
    redirectUris: member.redirectUris,
    postLogoutRedirectUris: metadata?.post_logout_redirect_uris ?? [],
    backChannelLogoutUri: member.backChannelLogoutUri,
  };
}
