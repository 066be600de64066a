export { clientSecretFrom } from './client-keys.ts';
export {
  backChannelLogoutPath,
  callbackPath,
  type RelyingPartyOptions,
  type RelyingPartySessions,
} from './options.ts';
export { createRelyingParty, type RelyingParty } from './relying-party.ts';
