import type { MaybePromise } from '../platform.ts';
import type { Reading, SessionStore, StoreKey } from '../session-store.ts';
import { openStore } from './open-store.ts';

/**
 * A store named by a URL, usable at once: its client is loaded on the side and the first calls wait for it. Throws
 * `store_url_unknown` now; a missing client package (`store_client_missing`) rejects every call.
 */
export function openLater(url: string): SessionStore {
  let store: SessionStore | null = null;
  const opening = openStore(url).then((opened) => {
    store = opened;
    return opened;
  });
  // Every call reports the failure; it must not end the process before the first one does.
  opening.catch(() => undefined);
  const read = (key: StoreKey): MaybePromise<Reading | null> =>
    store === null ? opening.then((opened) => opened.read(key)) : store.read(key);
  return {
    now: () => store?.now() ?? Date.now(),
    read,
    create: async (...args) => (await opening).create(...args),
    replace: async (...args) => (await opening).replace(...args),
    end: async (...args) => (await opening).end(...args),
    touch: async (...args) => (await opening).touch(...args),
    createSignIn: async (...args) => (await opening).createSignIn(...args),
    readSignIn: async (...args) => (await opening).readSignIn(...args),
    replaceSignIn: async (...args) => (await opening).replaceSignIn(...args),
    endSignIn: async (...args) => (await opening).endSignIn(...args),
    takeOnce: async (...args) => (await opening).takeOnce(...args),
    readReports: async (...args) => (await opening).readReports(...args),
    dropReports: async (...args) => (await opening).dropReports(...args),
    ping: async () => (await opening).ping(),
    close: async () => (await opening).close(),
  };
}
