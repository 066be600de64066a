import type { Platform } from '@latchkey/session';
import { createRemoteJWKSet, type JWTVerifyGetKey, customFetch as joseFetch } from 'jose';
import {
  allowInsecureRequests,
  ClientSecretBasic,
  type Configuration,
  type CustomFetch,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
} from 'openid-client';
import type { ResolvedOptions } from './options.ts';

/** The login host, as its discovery document describes it. Read when it is first needed, and again after a failure. */
export interface Issuer {
  /** Rejects with {@link IssuerUnavailable}. */
  configuration(): Promise<Configuration>;
  /** Its keys: kept ten minutes, fetched again for an unknown key id at most every 30 seconds. Rejects as above. */
  keys(): Promise<JWTVerifyGetKey>;
  /** How often its keys were fetched. */
  keyFetches(): number;
}

/** The login host did not answer, or answered with something else than it should. */
export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable';
}

/** Seconds for one call to the login host. */
const timeoutSeconds = 5;

interface Known {
  readonly configuration: Configuration;
  readonly keys: JWTVerifyGetKey;
}

export function createIssuer(options: ResolvedOptions): Issuer {
  let known: Promise<Known> | null = null;
  let keyFetches = 0;
  const onKeyFetch = (): void => {
    keyFetches += 1;
  };
  const read = (): Promise<Known> => {
    known ??= discover(options, onKeyFetch).catch((cause: unknown) => {
      known = null;
      throw new IssuerUnavailable('The login host could not be read.', { cause });
    });
    return known;
  };
  return {
    configuration: async () => (await read()).configuration,
    keys: async () => (await read()).keys,
    keyFetches: () => keyFetches,
  };
}

async function discover(options: ResolvedOptions, onKeyFetch: () => void): Promise<Known> {
  const { clientId, clientSecret, issuer, platform, signatureAlgorithm } = options;
  // Also the signature of tokens that came from the token endpoint: not the connection alone is trusted.
  const execute = [enableNonRepudiationChecks];
  if (issuer.startsWith('http:')) execute.push(allowInsecureRequests);
  const configuration = await discovery(
    new URL(issuer),
    clientId,
    { id_token_signed_response_alg: signatureAlgorithm },
    ClientSecretBasic(clientSecret),
    { execute, timeout: timeoutSeconds, [customFetch]: fetchOf(platform) },
  );
  const { jwks_uri: jwksUri } = configuration.serverMetadata();
  if (jwksUri === undefined) throw new Error('The discovery document names no keys.');
  const keys = createRemoteJWKSet(new URL(jwksUri), {
    timeoutDuration: timeoutSeconds * 1000,
    [joseFetch]: (url, init) => {
      onKeyFetch();
      return platform.fetch(url, init);
    },
  });
  return { configuration, keys };
}

function fetchOf(platform: Platform): CustomFetch {
  return (url, { body, ...init }) =>
    platform.fetch(url, { ...init, ...(body === undefined ? {} : { body }) } as RequestInit);
}
