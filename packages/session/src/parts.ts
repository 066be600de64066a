// What sibling packages of this repository need of `@latchkey/session`, as `@latchkey/session/parts`. Promised to nobody:
// any of it may change in any release.
export { onwardPage } from './answers/onward-page.ts';
export { isPageRequest, notSignedInAnswer } from './answers/program-answers.ts';
export { refusalPage } from './answers/refusal-page.ts';
export { createRefusals } from './answers/refusals.ts';
export { judgeInvitation } from './app/judge-invitation.ts';
export {
  type AppSignOutAnswer,
  type AppSignOutCause,
  appSignOutPath,
  callSignatureHeader,
  ticketIn,
  verifyAppSignOut,
} from './app/login-host-call.ts';
export { openNoting } from './app/open-noting.ts';
export {
  type AppKey,
  deriveAppKey,
  deriveClientSecret,
  derivePurposeKey,
  equalSecrets,
  keyFor,
  keysParameter,
  parseAppKeys,
} from './app-key.ts';
export { callbackPath } from './config/entry-url.ts';
export { loginScopeName, type Reach, type RememberedOptions } from './config/family.ts';
export type { FamilyMail } from './config/mail-settings.ts';
export { isUnder } from './config/shared-scope.ts';
export { bringsCookie, readCookieValues } from './cookie/read.ts';
export { type CookieScope, resolveScope } from './cookie/scope.ts';
export { clearCookieLine, hostCookie, setCookieLine } from './cookie/serialize.ts';
export type {
  EventReasons,
  InvitationRefusal,
  LogoutTokenRefusal,
  MailDeadReason,
  MailRetryReason,
  NoticeDeadReason,
  NoticeRefusal,
  NoticeResult,
  NoticeRetryReason,
  OAuthRefusal,
  SsoRefusal,
} from './event-reasons.ts';
export { parseReturnPath, requestedPage, wantedPath } from './handshake/destination.ts';
export { type FlowDestination, isState, readState } from './handshake/flow.ts';
export { type InvitationFacts, sealInvitation } from './handshake/invitation.ts';
export { invitationParameter } from './handshake/invitation-parameter.ts';
export { mintToken, openToken } from './handshake/token.ts';
export { arrivalAt } from './hop/arrival.ts';
export { type AskCookie, askParameter, createAskCookie } from './hop/ask-cookie.ts';
export { createFlowCookies, type FlowCookies } from './hop/flow-cookies.ts';
export { hopTo } from './hop/hop-answers.ts';
export { createHopCount, type HopCount } from './hop/hop-count.ts';
export type { InvitationLimits } from './hop/invitation-limits.ts';
export {
  createSignOutRoute,
  loginSignedOutPath,
  type SignOutRoute,
  signedOutPath,
  ticketParameter,
} from './hop/sign-out-route.ts';
export { invitesCaches, makePrivate } from './http/cache-fields.ts';
export type { Closable, OpenSession, SignInDemand } from './http/http-exchange.ts';
export { createHostCheck } from './http/own-host.ts';
export { readForm, readText } from './http/request-body.ts';
export { fieldsOf, type HeadHeaders, setHeaders } from './http/response-head.ts';
export { createTrustedProxies, type TrustedProxies } from './http/trusted-proxies.ts';
export { ipv4Tail, ipv6Groups } from './ipv6-groups.ts';
export { createSessions, type EndSignInEverywhere, type Sessions } from './lifecycle/sessions.ts';
export { oneAtATime } from './one-at-a-time.ts';
export {
  invalidOption,
  refuseUnknown,
  requireLifetime,
  requireOneOf,
  requireOrigin,
  requireSecrets,
  requireText,
  requireWhole,
} from './option-rules.ts';
export type { MaybePromise } from './platform.ts';
export { type RealmKey, type Realms, realmKey, realmsOf } from './realm.ts';
export { redact } from './redact.ts';
export { isPrefetch } from './request-guard/prefetch.ts';
export { mayHaveEffect, requestOrigin } from './request-guard/unsafe-request.ts';
export { seal, unseal } from './sealed-envelope.ts';
export {
  createSessionId,
  createSlot,
  parseSlot,
  type SessionId,
  storeKey,
} from './session-id/session-id.ts';
export type { SessionAccess } from './session-object/session.ts';
export type { SessionObject } from './session-object/session-object.ts';
export {
  type EndCause,
  maxSessionsPerSignIn,
  type OneTimeUse,
  type Reading,
  type Retired,
  type SessionRecord,
  type SignInRecord,
  type Slot,
  type StoreKey,
  slotOf,
  tombstoneSeconds,
} from './session-store.ts';
export { lazyStore, storeFor } from './store/lazy-store.ts';
export { checkStoreUrl } from './store/open-store.ts';
export { failureOf, isForbidden } from './store/postgres/failure.ts';
export { type OpenPostgresPool, openPostgresPool } from './store/postgres/plain-pool.ts';
export type { PlainPostgresClient, PlainPostgresPool } from './store/postgres/pool.ts';
export { withTimeout } from './store/with-timeout.ts';
