import { createHmac } from 'node:crypto';

/** One sign-in under way in one tab: what the authorization request says, and what only this browser knows. */
export interface Flow {
  /** Stands in the URL; holds the page to go back to, and fits this browser's flow cookie alone. */
  readonly state: string;
  readonly nonce: string;
  /** PKCE (RFC 7636), S256. */
  readonly codeVerifier: string;
}

/** The flow of a `state`, from the secret of the flow cookie that it was made under: each 256 bits, and none tells another. */
export function flowOf({
  state,
  secret,
}: {
  readonly state: string;
  readonly secret: string;
}): Flow {
  const part = (use: string): string =>
    createHmac('sha256', secret).update(`latchkey ${use}\n${state}`).digest('base64url');
  return { state, nonce: part('nonce'), codeVerifier: part('verifier') };
}
