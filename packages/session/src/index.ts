// What an app imports from `@latchkey/session`: promised to users, at most 45 names. What packages of ours need besides is
// in `parts.ts`; adapters and stores have entries of their own (`@latchkey/session/express`, `/store/redis`, ...). The files
// of this folder are what its rooms share: the store contract, errors, events, clocks, realms, keys. `ARCHITECTURE.md` says
// what each room owns, and which may import which.

export {
  type AppAlone,
  type AppAloneOptions,
  createAppAlone,
  type FormerCookie,
  type SignInOptions,
} from './app/app-alone.ts';
export { type AppAnyHost, type AppAnyHostOptions, createAppAnyHost } from './app/app-any-host.ts';
export { createFamilyApp, type FamilyApp, type FamilyAppOptions } from './app/family-app.ts';
export { defineFamily } from './config/define-family.ts';
export { entryUrl } from './config/entry-url.ts';
export type { ExposureSettings } from './config/exposure-settings.ts';
export {
  type AppOptions,
  type Family,
  type FamilyMember,
  type FamilyOptions,
  type FamilySessionOptions,
  memberOf,
} from './config/family.ts';
export { type CookieStoreOptions, cookieStore } from './cookie-store/cookie-store.ts';
export type { CsrfOptions } from './csrf-guard.ts';
export { type ErrorCode, hasCode, LatchkeyError } from './errors.ts';
export { createEventPrinter } from './event-printer.ts';
export { type EventType, eventLevels, type LatchkeyEvent } from './events.ts';
export type { Handshake, HandshakeRequest, InvitationOptions } from './hop/handshake-calls.ts';
export type { AppHandler } from './http/http-exchange.ts';
export type { PeerHandshakeOptions } from './peer-handshake/options.ts';
export { createPlatform, type Platform } from './platform.ts';
export type { JsonValue } from './session-object/changes.ts';
export type { ListedDevice, SignInChoices } from './session-object/listed-device.ts';
export type { Session, SessionData } from './session-object/session.ts';
export type { Account, SessionStore } from './session-store.ts';
export { openStore } from './store/open-store.ts';
