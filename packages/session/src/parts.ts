// What sibling packages of this repository need of `@latchkey/session`, as `@latchkey/session/parts`. Promised to nobody:
// any of it may change in any release.
export { type Onward, onwardPage } from './answers/onward-page.ts';
export { isPageRequest, jsonAnswer, notSignedInAnswer } from './answers/program-answers.ts';
export {
  type RefusalReason,
  refusalPage,
  unsafeRefusal,
  wantsJson,
  wrongHostPage,
} from './answers/refusal-page.ts';
export { createAppOrRouter } from './app/app-any-host.ts';
export {
  type BroughtInvitation,
  type InvitationJudge,
  judgeInvitation,
} from './app/judge-invitation.ts';
export {
  type AppSignOutAnswer,
  type AppSignOutCall,
  type AppSignOutCause,
  appSignOutPath,
  callSignatureHeader,
  ticketIn,
  verifyAppSignOut,
} from './app/login-host-call.ts';
export {
  type AppKey,
  deriveAppKey,
  deriveClientSecret,
  derivePurposeKey,
  equalSecrets,
  type KeyPurpose,
  keyFor,
  keysParameter,
  parseAppKeys,
} from './app-key.ts';
export { callbackPath } from './config/entry-url.ts';
export type { FamilyExposure } from './config/exposure-settings.ts';
export {
  type FormerFamilyCookie,
  loginScopeName,
  type Reach,
  type RememberedOptions,
} from './config/family.ts';
export { isUnder } from './config/shared-scope.ts';
export { cookieDomain, type DomainOptions } from './cookie/domain.ts';
export { readCookieValues } from './cookie/read.ts';
export { type CookieScope, resolveScope, type ScopeOptions } from './cookie/scope.ts';
export { clearCookieLine, setCookieLine } from './cookie/serialize.ts';
export type { CookieStore } from './cookie-store/cookie-store.ts';
export type { CsrfRefusal } from './csrf-guard.ts';
export { errorCodes } from './errors.ts';
export type { EventLevel } from './events.ts';
export { type AddressCheck, type AddressFacts, isSameAddress } from './handshake/address-facts.ts';
export { parseReturnPath, requestedPage, wantedPath } from './handshake/destination.ts';
export { type FlowDestination, isState, readState } from './handshake/flow.ts';
export {
  type InvitationBinding,
  type InvitationFacts,
  isMarkOf,
  judgeTime,
  type OpenedInvitation,
  openInvitation,
  type RefusedInvitation,
  sealInvitation,
  sourceOf,
} from './handshake/invitation.ts';
export { invitationParameter } from './handshake/invitation-parameter.ts';
export {
  mintToken,
  type OpenedToken,
  openToken,
  type RefusedToken,
  type TokenBinding,
} from './handshake/token.ts';
export { arrivalPath } from './hop/arrival.ts';
export { type AskCookie, askParameter, createAskCookie } from './hop/ask-cookie.ts';
export {
  createFlowCookies,
  type FlowBeginning,
  type FlowCookies,
  type FoundFlow,
} from './hop/flow-cookies.ts';
export { hopTo } from './hop/hop-answers.ts';
export { createHopCount, type HopCount } from './hop/hop-count.ts';
export { type InvitationLimits, maxInvitationSeconds } from './hop/invitation-limits.ts';
export {
  type FailurePolicy,
  type InvitationRefusal,
  refusedArrival,
} from './hop/refused-invitation.ts';
export {
  createSignOutRoute,
  loginSignedOutPath,
  type SignOutRoute,
  type SignOutRouteOptions,
  signedOutPath,
  ticketParameter,
} from './hop/sign-out-route.ts';
export { invitesCaches, makePrivate } from './http/cache-fields.ts';
export type {
  Closable,
  HostRouter,
  InvitedRequest,
  OpenSession,
  ServedApp,
  SignInDemand,
} from './http/http-exchange.ts';
export { headerOf, isNavigation, type RequestHeaders } from './http/navigation.ts';
export { createHostCheck } from './http/own-host.ts';
export { fieldsOf, type HeadHeaders, setHeaders } from './http/response-head.ts';
export {
  type Connection,
  createTrustedProxies,
  type ForwardedHeaders,
  type RequestFacts,
  type TrustedProxies,
} from './http/trusted-proxies.ts';
export { readUrlEncoded } from './http/url-encoded.ts';
export { ipv4Tail, ipv6Groups } from './ipv6-groups.ts';
export {
  createSessions,
  type EndSignInEverywhere,
  type FormerScopes,
  type NoSignIns,
  type Sessions,
  type SessionsOptions,
  type SignInLimits,
} from './lifecycle/sessions.ts';
export { oneAtATime } from './one-at-a-time.ts';
export {
  invalidOption,
  maxLifetimeSeconds,
  refuseUnknown,
  requireBoolean,
  requireLifetime,
  requireOneOf,
  requireOrigin,
  requireSecrets,
  requireText,
  requireTexts,
  requireUrl,
  requireWhole,
} from './option-rules.ts';
export type { Peer } from './peer-handshake/options.ts';
export type { MaybePromise } from './platform.ts';
export {
  type OwnerKey,
  ownerKey,
  type RealmKey,
  type Realms,
  realmKey,
  realmsOf,
} from './realm.ts';
export { redact } from './redact.ts';
export {
  type CsrfForm,
  createCsrfSecret,
  createCsrfToken,
  isCsrfSecret,
  isCsrfTokenFor,
  type TokenRequest,
} from './request-guard/csrf-token.ts';
export { isPrefetch } from './request-guard/prefetch.ts';
export {
  type ForeignSender,
  judgeUnsafeRequest,
  mayHaveEffect,
  type RequestOrigin,
  requestOrigin,
  type UnsafeRequestRules,
  type UnsafeVerdict,
} from './request-guard/unsafe-request.ts';
export { seal, unseal } from './sealed-envelope.ts';
export {
  createSessionId,
  createSlot,
  parseSlot,
  type SessionId,
  storeKey,
} from './session-id/session-id.ts';
export type { SessionAccess, SessionCarrier } from './session-object/session.ts';
export {
  type EndCause,
  type EndingOptions,
  type ListedSignIn,
  maxSessionsPerSignIn,
  type OneTimeUse,
  type Reading,
  type ReportedEnding,
  type Retired,
  type SessionRecord,
  type SignInRecord,
  type Slot,
  type StoreKey,
  sessionSkewMilliseconds,
  slotOf,
  tombstoneSeconds,
} from './session-store.ts';
export { lazyStore, storeFor } from './store/lazy-store.ts';
export { checkStoreUrl } from './store/open-store.ts';
