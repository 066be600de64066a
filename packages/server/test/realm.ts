import { type RealmKey, type Realms, realmsOf } from '@latchkey/session/parts';

/** The realm of tests that have no family of their own. */
export const realms: Realms = realmsOf('https://login.kittens.example', []);
export const realm: RealmKey = realms.present;
