import type { EndCause } from './end-cause.ts';

/** What the headers of an unsafe request say of its sender. */
export type ForeignSender =
  | 'cross-site'
  | 'same-site'
  | 'unknown-fetch-site'
  | 'foreign-origin'
  | 'opaque-origin'
  | 'foreign-referer';

/** Why the guard of `csrf()` refuses an unsafe request. */
export type CsrfRefusal = ForeignSender | 'token-missing' | 'token-wrong' | 'form-too-large';

/** A call of a session object that an app may not wait for. */
export type SessionCall =
  | 'save'
  | 'rotate'
  | 'end'
  | 'signIn'
  | 'signOut'
  | 'signIns'
  | 'endSignIn'
  | 'signOutOthers';

/**
 * Why an invitation was refused by whoever answers the hop. `nobody`: no one is signed in there; `other-sign-in`: the link was
 * made for another browser or an earlier sign-in; `paused`: nobody is let on into shared apps at present.
 */
export type InvitationRefusal =
  | 'malformed'
  | 'forged'
  | 'expired'
  | 'from-the-future'
  | 'nobody'
  | 'other-sign-in'
  | 'no-access'
  | 'paused';

/** Why an app lets nobody in by a link, or stopped a loop of redirects. */
export type HandshakeRefusal =
  | InvitationRefusal
  | 'other-browser'
  | 'used'
  | 'ended'
  /** The browser came by a later sign-in meanwhile. */
  | 'earlier'
  | 'signed-in-here'
  | LoopReason
  /** Told by the login host: the app's key is not the one that was made for it. */
  | 'app-key';

/** Why redirects went round: the browser keeps no cookie, or the store no session. */
export type LoopReason = 'cookie-not-kept' | 'session-not-found';

/** Why a sign-in at a relying party was refused: an OAuth error among them. */
export type SsoRefusal =
  | LoopReason
  | 'malformed'
  | 'other-browser'
  | 'used'
  | 'ended'
  | 'earlier'
  | 'user-refused'
  | 'claims-missing'
  | 'refused'
  | OAuthRefusal
  /** A code of the client library. */
  | `OAUTH_${string}`;

/** OAuth errors that are passed on as reasons; any other text came from outside. */
export type OAuthRefusal =
  | 'access_denied'
  | 'consent_required'
  | 'interaction_required'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_request'
  | 'invalid_scope'
  | 'login_required'
  | 'server_error'
  | 'temporarily_unavailable'
  | 'unauthorized_client'
  | 'unsupported_response_type';

/** Why a logout notice was not taken. */
export type LogoutTokenRefusal =
  | 'malformed'
  | 'too-long'
  | 'typ'
  | 'events'
  | 'nonce'
  | 'jti'
  | 'subject'
  | 'other-account'
  /** A code of the library that reads tokens. */
  | `ERR_J${string}`;

/** Why a notice is tried again, as the login host found it. */
export type NoticeRetryReason =
  | 'stopped'
  | 'timeout'
  | 'unreachable'
  | 'mint-failed'
  | `status-${number}`;

/** How a relying party turned a notice down, or why it was not asked. */
export type NoticeRefusal =
  | 'redirected'
  | `redirected-${number}`
  | `refused-${number}`
  | 'address-refused';

/** Why a notice is given up. */
export type NoticeDeadReason = 'app-removed' | `given-up-${NoticeRetryReason | NoticeRefusal}`;

/** Why a mail is tried again, as the login host found it. */
export type MailRetryReason =
  | 'stopped'
  | 'timeout'
  | 'unreachable'
  | 'tls'
  | 'login-refused'
  | `status-${number}`;

/** Why a mail is given up. */
export type MailDeadReason = 'unreadable' | `refused-${number}` | `given-up-${MailRetryReason}`;

type AccountState = 'pending' | 'active' | 'suspended' | 'deleted';
type Severity = 'none' | 'low' | 'medium' | 'high' | 'critical';

/** What the last try to deliver a notice gave. */
export type NoticeResult = 'delivered' | NoticeRetryReason | NoticeRefusal | NoticeDeadReason;

/** The reasons of each event type that has any. `string`: the list is another's, such as OAuth's errors. */
export interface EventReasons {
  'cookie.duplicate': 'one-opened' | 'too-many' | 'several-opened';
  'cookie.former': 'opened';
  'csrf.refused': CsrfRefusal;
  'handshake.address-differs': 'prefix' | 'exact' | 'off';
  'handshake.refused': HandshakeRefusal;
  'host.refused': 'cookie-domain';
  'login-host.unavailable': 'sign-out' | `status-${number}`;
  'session.call-refused': SessionCall;
  'session.save-lost': SessionCall | 'ended';
  'sso.notice-delayed': 'keys' | 'store';
  'sso.notice-refused': LogoutTokenRefusal;
  'sso.refused': SsoRefusal;
  'store.unavailable': SessionCall | 'request' | 'touch' | 'pending' | 'session';

  'access.changed': 'granted' | 'denied' | 'revoked';
  'access.group-changed':
    | 'added'
    | 'removed'
    | 'member-added'
    | 'member-removed'
    | 'app-granted'
    | 'app-withdrawn';
  'account.created': 'administrator' | AccountState;
  'account.administrator-changed': 'on' | 'off';
  'account.password-changed': 'by-person' | 'set';
  'account.state-changed': AccountState;
  'exposure.check-failed': 'threw' | 'timeout' | 'malformed' | 'partial' | 'no-answer';
  'exposure.closed': Severity;
  'exposure.found': Severity;
  'exposure.opened': Severity;
  'exposure.paused': Severity;
  'login-host.stopping': NodeJS.Signals;
  'mail.dead': MailDeadReason;
  'mail.retry': MailRetryReason;
  'notice.dead': NoticeDeadReason;
  'notice.refused': NoticeRefusal;
  'notice.retry': NoticeRetryReason;
  'outbox.failed': 'database';
  'provider.authorization-refused': string;
  'provider.sign-out-refused': 'client-authentication';
  'provider.sign-out-unconfirmed': 'end-session';
  'provider.signing-key-unreadable': 'secret-changed';
  'provider.token-refused': string;
  'provider.userinfo-refused': string;
  'reconciler.failed': 'store-unavailable' | 'database';
  'sign-in.ended': EndCause;
  'sign-in.limited': 'account' | 'address';
  'sign-in.refused': 'wrong' | 'pending' | 'suspended' | 'account-changed' | 'ended-meanwhile';
  /** The methods, joined by `+`. */
  'sign-in.succeeded': string;
}
