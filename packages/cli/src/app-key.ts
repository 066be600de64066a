import { clientRegistration, createFamilyKeys } from '@latchkey/server/administration';
import { type Family, memberOf } from '@latchkey/session';

import type { Result } from './print.ts';

/** `latchkey app-key <app>`: the value of LATCHKEY_APP_KEY. Throws `app_unknown` and `secret_missing`. */
export function showAppKey(family: Family, app: string): Result {
  const { reach } = memberOf(family, app);
  const keys = createFamilyKeys(family)(app);
  return { json: { app, reach, appKeys: keys }, text: keys.join(',') };
}

/**
 * `latchkey app-key <app> --client`: what an OpenID Connect client in any language is set up with, under the names of the
 * specifications. Throws `app_unknown`, `secret_missing` and `option_invalid` for an app of another reach.
 */
export function showClient(family: Family, app: string): Result {
  const registration = clientRegistration(family, app);
  const [secret = '', ...olderSecrets] = registration.clientSecrets;
  const json = {
    issuer: registration.issuer,
    discovery_url: registration.discoveryUrl,
    client_id: registration.clientId,
    client_secret: secret,
    older_client_secrets: olderSecrets,
    token_endpoint_auth_method: 'client_secret_basic',
    scope: 'openid profile email',
    code_challenge_method: 'S256',
    id_token_signed_response_alg: 'RS256',
    redirect_uris: registration.redirectUris,
    post_logout_redirect_uris: registration.postLogoutRedirectUris,
    backchannel_logout_uri: registration.backChannelLogoutUri,
  };
  const lines = Object.entries(json).map(([name, value]) => {
    const shown = value === null ? '' : [value].flat().join(' ');
    return `${name.padEnd(28)}  ${shown}`.trimEnd();
  });
  return { json, text: lines.join('\n') };
}
