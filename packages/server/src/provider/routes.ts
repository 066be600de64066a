/** Where its discovery documents are, as the specifications have it (OpenID Connect Discovery 1.0, RFC 8414). */
export const discoveryPaths: readonly string[] = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
];

/** Where the provider answers. */
export const providerRoutes = {
  authorization: '/oidc/authorize',
  token: '/oidc/token',
  userinfo: '/oidc/userinfo',
  jwks: '/oidc/jwks',
  revocation: '/oidc/revoke',
  introspection: '/oidc/introspect',
  pushed_authorization_request: '/oidc/par',
  end_session: '/oidc/end-session',
} as const;

/** Where a relying party ends a sign-in, server to server. */
export const clientSignOutPath = '/oidc/sign-out';
/** Where the button of the sign-out page leads. */
export const endSessionConfirmPath = '/oidc/end-session/confirm';
