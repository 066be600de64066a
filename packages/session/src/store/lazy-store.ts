import type { MaybePromise } from '../platform.ts';
import type { Reading, SessionStore, StoreKey } from '../session-store.ts';
import { checkStoreUrl, openStore } from './open-store.ts';
import { storeUnavailable } from './store-unavailable.ts';

/**
 * A store named by a URL that is opened by the first call: until then there is no connection, no file and no client
 * package, so a module that makes one can be imported by a build or a test. Throws `store_url_unknown` and
 * `option_invalid` now. A missing client package (`store_client_missing`) rejects every call; so does a file that cannot
 * be opened (`store_unavailable`) for as long as it cannot. `now`: milliseconds since 1970, the store's clock until it is open,
 * and then as `openStore` takes it.
 */
export function lazyStore(url: string, now: () => number = Date.now): SessionStore {
  checkStoreUrl(url);
  let store: SessionStore | null = null;
  let opening: Promise<SessionStore> | null = null;
  let isClosed = false;
  function opened(): Promise<SessionStore> {
    if (isClosed) return Promise.reject(closed());
    opening ??= openStore(url, { now }).then(
      (ready) => {
        store = ready;
        return ready;
      },
      (error: unknown) => {
        // Callers are told; the next call tries again.
        opening = null;
        throw error;
      },
    );
    return opening;
  }
  const read = (key: StoreKey): MaybePromise<Reading | null> =>
    store === null ? opened().then((ready) => ready.read(key)) : store.read(key);
  return {
    now: () => store?.now() ?? now(),
    read,
    create: async (...args) => (await opened()).create(...args),
    replace: async (...args) => (await opened()).replace(...args),
    rotate: async (...args) => (await opened()).rotate(...args),
    retire: async (...args) => (await opened()).retire(...args),
    end: async (...args) => (await opened()).end(...args),
    findRetired: async (...args) => (await opened()).findRetired(...args),
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
    incarnation: async () => (await opened()).incarnation(),
    async close() {
      isClosed = true;
      const ready = await opening?.catch(() => null);
      await ready?.close();
    },
  };
}

function closed(): Error {
  return storeUnavailable('The session store was closed.', new Error('Closed.'));
}

/** The store that a config names: a ready one, or one that is opened later. */
export function storeFor(given: string | SessionStore, now: () => number): SessionStore {
  return typeof given === 'string' ? lazyStore(given, now) : given;
}
