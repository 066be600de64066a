export {
  type AppAlone,
  type AppAloneOptions,
  createAppAlone,
  type FormerCookie,
  type SignInOptions,
} from './app-alone.ts';
export {
  type AppAnyHost,
  type AppAnyHostOptions,
  createAppAnyHost,
  createAppDoor,
} from './app-any-host.ts';
export { cookieDomain, type DomainOptions } from './cookie/domain.ts';
export { readCookieValues } from './cookie/read.ts';
export { type CookieScope, resolveScope, type ScopeOptions } from './cookie/scope.ts';
export { clearCookieLine, setCookieLine } from './cookie/serialize.ts';
export {
  type CookieStore,
  type CookieStoreOptions,
  cookieStore,
} from './cookie-store/cookie-store.ts';
export type { CsrfOptions, CsrfRefusal } from './csrf-guard.ts';
export { type ErrorCode, errorCodes, hasCode, LatchkeyError } from './errors.ts';
export { createEventPrinter } from './event-printer.ts';
export {
  type EventLevel,
  type EventType,
  eventLevels,
  type LatchkeyEvent,
} from './events.ts';
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
} from './family/app-key.ts';
export { arrivalPath } from './family/arrival.ts';
export { type AskCookie, askParameter, createAskCookie } from './family/ask-cookie.ts';
export { defineFamily } from './family/define-family.ts';
export { callbackPath, entryUrl } from './family/entry-url.ts';
export type { ExposureSettings, FamilyExposure } from './family/exposure-settings.ts';
export {
  type AppOptions,
  type Family,
  type FamilyMember,
  type FamilyOptions,
  type FamilySessionOptions,
  type FormerFamilyCookie,
  loginScopeName,
  memberOf,
  type Reach,
  type RememberedOptions,
} from './family/family.ts';
export { createFamilyApp, type FamilyApp, type FamilyAppOptions } from './family/family-app.ts';
export {
  createFlowCookies,
  type FlowBeginning,
  type FlowCookies,
  type FoundFlow,
} from './family/flow-cookies.ts';
export type {
  Handshake,
  HandshakeRequest,
  InvitationOptions,
} from './family/handshake-calls.ts';
export { hopTo } from './family/hop-answers.ts';
export { createHopCount, type HopCount } from './family/hop-count.ts';
export { type InvitationLimits, maxInvitationSeconds } from './family/invitation-limits.ts';
export {
  type BroughtInvitation,
  type InvitationJudge,
  judgeInvitation,
} from './family/judge-invitation.ts';
export {
  type AppSignOutAnswer,
  type AppSignOutCall,
  type AppSignOutCause,
  appSignOutPath,
  callSignatureHeader,
  ticketIn,
  verifyAppSignOut,
} from './family/login-host-call.ts';
export { type Onward, onwardPage } from './family/onward-page.ts';
export { isPageRequest, jsonAnswer, notSignedInAnswer } from './family/program-answers.ts';
export {
  type RefusalReason,
  refusalPage,
  unsafeRefusal,
  wantsJson,
  wrongHostPage,
} from './family/refusal-page.ts';
export {
  type FailurePolicy,
  type InvitationRefusal,
  refusedArrival,
} from './family/refused-invitation.ts';
export { isUnder } from './family/shared-scope.ts';
export {
  createSignOutRoute,
  loginSignedOutPath,
  type SignOutRoute,
  type SignOutRouteOptions,
  signedOutPath,
  ticketParameter,
} from './family/sign-out-route.ts';
export {
  type AddressCheck,
  type AddressFacts,
  isSameAddress,
} from './handshake/address-facts.ts';
export { parseReturnPath, wantedPath } from './handshake/destination.ts';
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
export type {
  Closable,
  Door,
  Entrance,
  HostEntrances,
  InvitedRequest,
  OpenSession,
  SignInDemand,
} from './http-exchange.ts';
export { lifetimeFault, maxLifetimeSeconds } from './lifetime.ts';
export { headerOf, isNavigation, type RequestHeaders } from './navigation.ts';
export { createHostCheck } from './own-host.ts';
export type { Peer, PeerHandshakeOptions } from './peer-handshake/options.ts';
export {
  createPlatform,
  type MaybePromise,
  type Platform,
} from './platform.ts';
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
export type { JsonValue } from './session/changes.ts';
export {
  Session,
  type SessionAccess,
  type SessionCarrier,
  type SessionData,
} from './session/session.ts';
export type { ListedDevice, SignInChoices } from './session/sign-in-words.ts';
export {
  createSessionId,
  createSlot,
  parseSlot,
  type SessionId,
  storeKey,
} from './session-id/session-id.ts';
export {
  type Account,
  type EndCause,
  type EndingOptions,
  type ListedSignIn,
  maxSessionsPerSignIn,
  type OneTimeUse,
  type Reading,
  type ReportedEnding,
  type Retired,
  type SessionRecord,
  type SessionStore,
  type SignInRecord,
  type Slot,
  type StoreKey,
  sessionSkewMilliseconds,
  slotOf,
  tombstoneSeconds,
} from './session-store.ts';
export {
  createSessions,
  type EndSignInEverywhere,
  type FormerScopes,
  type NoSignIns,
  type Sessions,
  type SessionsOptions,
  type SignInLimits,
} from './sessions.ts';
export { openLater, storeFor } from './store/open-later.ts';
export { checkStoreUrl, openStore } from './store/open-store.ts';
export {
  type Connection,
  createTrustedProxies,
  type ForwardedHeaders,
  type RequestFacts,
  type TrustedProxies,
} from './trusted-proxies.ts';
export { readUrlEncoded } from './url-encoded.ts';
