import { createHash, timingSafeEqual } from 'node:crypto';
import type { Family, FamilyMember } from '@latchkey/session';
import { deriveAppKey, deriveClientSecret } from '@latchkey/session/parts';
import type { ClientMetadata } from 'oidc-provider';

/** The relying parties of a family, as the provider knows them. */
export interface Clients {
  /** One for every app of reach `oidc`. */
  readonly metadata: readonly ClientMetadata[];
  /** Whether this is the client's secret; takes as long for a wrong one as for an unknown client. */
  isSecretOf(clientId: string, secret: string): boolean;
  /** The client that an `Authorization: Basic` header (RFC 6749, 2.3.1) authenticates, or null. */
  authenticate(authorization: string | null): string | null;
}

/** How answers may reach an app. */
export const responseModes: readonly ('query' | 'form_post')[] = ['query', 'form_post'];

/** The client secret of an app: 43 characters, derived from its app key, so that the app can derive it too. */
export function clientSecretOf(familySecret: string, app: string): string {
  return deriveClientSecret(deriveAppKey(familySecret, app));
}

/**
 * Clients of the family: the app's name is the client id, redirect URIs are compared letter by letter. The secret in use is
 * that of the newest family secret; those of older ones are taken while apps still hold them.
 */
export function createClients(family: Family): Clients {
  const { secrets } = family;
  const members = [...family.apps.values()].filter((member) => member.reach === 'oidc');
  const secretsOf = new Map(
    members.map(({ name }) => [name, secrets.map((secret) => clientSecretOf(secret, name))]),
  );
  const unknown = secrets.map((secret) => clientSecretOf(secret, ''));

  function isSecretOf(clientId: string, secret: string): boolean {
    const known = secretsOf.get(clientId);
    let isEqual = false;
    for (const wanted of known ?? unknown) isEqual = equalByHash(wanted, secret) || isEqual;
    return isEqual && known !== undefined;
  }

  return {
    metadata: members.map((member) => metadataOf(member, secretsOf.get(member.name)?.[0] ?? '')),
    isSecretOf,
    authenticate(authorization) {
      const credentials = readBasic(authorization);
      if (credentials === null) return null;
      return isSecretOf(credentials.id, credentials.secret) ? credentials.id : null;
    },
  };
}

function metadataOf(member: FamilyMember, secret: string): ClientMetadata {
  return {
    client_id: member.name,
    client_secret: secret,
    client_name: member.name,
    redirect_uris: [...member.redirectUris],
    post_logout_redirect_uris: [`${member.origin}/`],
    ...(member.backChannelLogoutUri === null
      ? {}
      : { backchannel_logout_uri: member.backChannelLogoutUri }),
    // Without it ID tokens carry no sid.
    backchannel_logout_session_required: true,
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    response_modes: [...responseModes],
    id_token_signed_response_alg: 'RS256',
  };
}

/** By hash, so that not even the length is told by the time taken. */
function equalByHash(a: string, b: string): boolean {
  return timingSafeEqual(sha256(a), sha256(b));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function readBasic(authorization: string | null): { id: string; secret: string } | null {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined || encoded.length > 1024) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) return null;
  const [id, secret] = [formDecode(text.slice(0, colon)), formDecode(text.slice(colon + 1))];
  return id === null || secret === null ? null : { id, secret };
}

/** Both parts are form-encoded before they are joined (RFC 6749, appendix B). */
function formDecode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
