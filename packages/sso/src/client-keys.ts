import { createHash, createHmac } from 'node:crypto';
import {
  createSessionId,
  createSlot,
  deriveClientSecret,
  parseAppKeys,
  realmKey,
  type Slot,
  type StoreKey,
  storeKey,
} from '@latchkey/session/parts';

/** What a relying party derives from the names of issuer and client. */
export interface ClientKeys {
  /** Where the sign-in with this `sid` is stored in the app's store. */
  slotOf(sid: string): Slot;
  /** Where a note of this name is stored in the app's store. */
  noteKey(name: string): StoreKey;
}

/**
 * The client secret of an app of the family, from its app key (`LATCHKEY_APP_KEY`; of several the newest). Throws
 * `app_key_invalid`.
 *
 * @example
 * ```ts
 * import { clientSecretFrom } from '@latchkey/sso';
 *
 * export const clientSecret = clientSecretFrom(process.env['LATCHKEY_APP_KEY'], 'wiki');
 * ```
 */
export function clientSecretFrom(appKey: string | undefined, app: string): string {
  const [newest] = parseAppKeys(appKey, app);
  return deriveClientSecret(newest);
}

/**
 * Slots and notes follow from a name, so a logout notice finds its sign-in without an index, and one that arrives before
 * the sign-in is stored leaves its tombstone where the sign-in would have been stored. Not from the client secret: when
 * that changes, people stay signed in and notices must go on finding them. A slot is of no power by itself, and a note
 * opens nothing even where its key is known.
 */
export function deriveClientKeys(client: {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}): ClientKeys {
  const about = `${client.issuer}\n${client.clientId}`;
  const slotKey = hash(`latchkey slots\n${about}`);
  const noteKey = hash(`latchkey notes\n${about}`);
  const realm = realmKey(`notes of\n${about}`);
  return {
    slotOf: (sid) => createSlot((size) => mac(slotKey, sid).subarray(0, size)),
    noteKey(name) {
      const slot = createSlot((size) => mac(noteKey, `slot\n${name}`).subarray(0, size));
      return storeKey(
        realm,
        createSessionId(slot, () => mac(noteKey, `secret\n${name}`)),
      );
    },
  };
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function mac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
