export { callbackPath } from '@latchkey/session/parts';
export { clientSecretFrom } from './client-keys.ts';
export {
  backChannelLogoutPath,
  type RelyingPartyOptions,
  type RelyingPartySessions,
} from './options.ts';
export { createRelyingParty, type RelyingParty } from './relying-party.ts';
