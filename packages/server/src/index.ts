export type { Access, AccessChange } from './access/access.ts';
export type { Accounts, StoredAccount } from './accounts/accounts.ts';
export type { ListedAccount } from './accounts/list-accounts.ts';
export type { SeededPerson, SeedResult } from './accounts/seeds.ts';
export {
  type Administration,
  type AdministrationOptions,
  openAdministration,
} from './administration.ts';
export type { AccountState } from './database/schema.ts';
export { type ServerErrorCode, serverErrorCodes } from './errors.ts';
export { createFamilyKeys } from './family-keys.ts';
export { createLoginHost, type LoginHost, type LoginHostOptions } from './login-host.ts';
export { type ClientRegistration, clientRegistration } from './provider/client-registration.ts';
