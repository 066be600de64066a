import type { StoredSignIn } from '../sign-in/stored-sign-in.ts';

/** An authorization request, and the browser that brings it. */
export interface RequestContext {
  /** Path and query, less what is the login host's own. */
  readonly path: string;
  /** The live sign-in that the login host's own cookie opens, or null. */
  readonly signIn: StoredSignIn | null;
  /** When the form was shown for this very request in this browser: milliseconds since 1970, or null. */
  readonly askedAt: number | null;
  /**
   * What the person chose on the page that names two accounts. `other-account`: to prove who they are as somebody else.
   * `back`: that the app is told. An app may write it too: it opens nothing.
   */
  readonly wish: string | null;
  /** The cookie lines of the login host's own; the provider's never leave. */
  readonly cookies: readonly string[];
}

/** How an authorization request went. */
export type AuthorizeOutcome =
  /** Answered on the raw response. */
  | { readonly kind: 'answered' }
  /** Nobody is signed in, or the app wants a fresh proof: show the form in the place of the request. */
  | { readonly kind: 'proof-needed' }
  /** The app means another account than the one signed in; `meant` is its address by the app's hint. */
  | { readonly kind: 'other-person'; readonly app: string; readonly meant: string | null }
  /** The account may not enter this app. */
  | { readonly kind: 'no-access'; readonly app: string }
  /** Answered, by a redirect that may be too long for a proxy. */
  | { readonly kind: 'redirect'; readonly location: string };
