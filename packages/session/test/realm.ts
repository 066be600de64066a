import { type RealmKey, type Realms, realmsOf } from '../src/realm.ts';

/** The realm of tests that have no app or family of their own. */
export const realms: Realms = realmsOf('https://kittens.example', []);
export const realm: RealmKey = realms.present;
