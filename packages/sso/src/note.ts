import { LatchkeyError, type SessionStore } from '@latchkey/session';
import type { StoreKey } from '@latchkey/session/parts';

/**
 * A small JSON object that an app keeps in its session store beside its sessions: what has to survive a restart, or be seen
 * by all processes of the app. No cookie opens it, for it has a scope of its own.
 */
export interface Note {
  read(): Promise<Readonly<Record<string, unknown>>>;
  /** Writes what `update` makes of the present content; repeated while others write at the same time. */
  change(
    update: (content: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
  ): Promise<void>;
}

/** No session has this scope, so a note opens nothing even where its key is known. */
const scope = 'latchkey-note';
const maxAttempts = 50;

/** A note at a key; it goes `seconds` after it was made, whatever was written since. */
export function createNote(store: SessionStore, key: StoreKey, seconds: number): Note {
  const read = async () => (await store.read(key))?.session ?? null;
  return {
    read: async () => parse((await read())?.data),
    async change(update) {
      for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
        const present = await read();
        const data = JSON.stringify(update(parse(present?.data)));
        const outcome =
          present === null
            ? await store.create(key, newRecord(store, data, seconds))
            : await store.replace(key, data, present.version);
        if (outcome === 'created' || outcome === 'saved') return;
      }
      throw new LatchkeyError(
        'store_unavailable',
        'A note is written faster than it can be merged.',
      );
    },
  };
}

/** Remembers a name for a time. True for the first who brings it. */
export async function takeOnce(
  store: SessionStore,
  key: StoreKey,
  seconds: number,
): Promise<boolean> {
  return (await store.create(key, newRecord(store, '{}', seconds))) === 'created';
}

function newRecord(store: SessionStore, data: string, seconds: number) {
  const lifetime = { createdAt: store.now(), idleSeconds: seconds, absoluteSeconds: seconds };
  return { ...lifetime, version: 1, scope, signedIn: false, data };
}

function parse(data: string | undefined): Readonly<Record<string, unknown>> {
  if (data === undefined) return {};
  return JSON.parse(data) as Readonly<Record<string, unknown>>;
}
