import type { MaybePromise } from '../platform.ts';
import type { Reading, SessionStore, StoreKey } from '../session-store.ts';
import { checkStoreUrl, openStore } from './open-store.ts';

/**
 * A store named by a URL, usable at once: its client is loaded on the side and the first calls wait for it. Throws
 * `store_url_unknown` and `option_invalid` now. A missing client package (`store_client_missing`) rejects every call; so
 * does a file that cannot be opened (`store_unavailable`) for as long as it cannot.
 */
export function openLater(url: string): SessionStore {
  checkStoreUrl(url);
  let store: SessionStore | null = null;
  let opening: Promise<SessionStore> | null = null;
  function opened(): Promise<SessionStore> {
    opening ??= openStore(url).then(
      (ready) => {
        store = ready;
        return ready;
      },
      (error: unknown) => {
        // Whoever asked is told; the next call tries again.
        opening = null;
        throw error;
      },
    );
    return opening;
  }
  // The calls report a failure; it must not end the process before the first one does.
  opened().catch(() => undefined);
  const read = (key: StoreKey): MaybePromise<Reading | null> =>
    store === null ? opened().then((ready) => ready.read(key)) : store.read(key);
  return {
    now: () => store?.now() ?? Date.now(),
    read,
    create: async (...args) => (await opened()).create(...args),
    replace: async (...args) => (await opened()).replace(...args),
    rotate: async (...args) => (await opened()).rotate(...args),
    end: async (...args) => (await opened()).end(...args),
    touch: async (...args) => (await opened()).touch(...args),
    createSignIn: async (...args) => (await opened()).createSignIn(...args),
    readSignIn: async (...args) => (await opened()).readSignIn(...args),
    listSignIns: async (...args) => (await opened()).listSignIns(...args),
    replaceSignIn: async (...args) => (await opened()).replaceSignIn(...args),
    endSignIn: async (...args) => (await opened()).endSignIn(...args),
    takeOnce: async (...args) => (await opened()).takeOnce(...args),
    readReports: async (...args) => (await opened()).readReports(...args),
    dropReports: async (...args) => (await opened()).dropReports(...args),
    ping: async () => (await opened()).ping(),
    close: async () => (await opened()).close(),
  };
}
