import type { SessionStore } from '@latchkey/session';
import type { ClientKeys } from '../client-keys.ts';
import { createNote } from '../note.ts';
import type { EndAtLoginHost } from './end-at-login-host.ts';

/**
 * Sign-ins that people ended here while the login host could not be reached. They are kept in the app's store, so that a
 * restart forgets none, and are told until the login host has confirmed each.
 */
export interface PendingEndings {
  add(sid: string): Promise<void>;
  /** Tells all of them once. Gives how many are left. */
  tell(): Promise<number>;
  /** Stops telling by itself. */
  close(): void;
}

/** What {@link createPendingEndings} needs. */
export interface PendingEndingsOptions {
  readonly store: SessionStore;
  readonly keys: ClientKeys;
  readonly end: EndAtLoginHost;
  /** Seconds after which a sign-in has run out at the login host by itself. */
  readonly keptSeconds: number;
  readonly onFailure: (cause: unknown) => void;
}

/** Ten years: the note itself stays, its entries go. */
const noteSeconds = 315_360_000;
const firstDelayMilliseconds = 1_000;
const longestDelayMilliseconds = 60_000;

export function createPendingEndings(options: PendingEndingsOptions): PendingEndings {
  const { store, keptSeconds } = options;
  const note = createNote(store, options.keys.noteKey('pending endings'), noteSeconds);
  let timer: NodeJS.Timeout | null = null;
  let delayMilliseconds = firstDelayMilliseconds;
  let isClosed = false;

  function schedule(): void {
    if (isClosed || timer !== null) return;
    timer = setTimeout(() => {
      timer = null;
      delayMilliseconds = Math.min(delayMilliseconds * 2, longestDelayMilliseconds);
      tellAndSchedule().catch(options.onFailure);
    }, delayMilliseconds);
    timer.unref();
  }

  async function tellAndSchedule(): Promise<void> {
    try {
      if ((await tell()) > 0) schedule();
      else delayMilliseconds = firstDelayMilliseconds;
    } catch (cause) {
      schedule();
      throw cause;
    }
  }

  async function tell(): Promise<number> {
    const waiting = Object.entries(await note.read());
    const oldest = store.now() - keptSeconds * 1000;
    const done: string[] = [];
    for (const [sid, since] of waiting) {
      const isTooOld = typeof since !== 'number' || since < oldest;
      if (isTooOld || (await options.end(sid, 'sign-out')).kind === 'ended') done.push(sid);
    }
    if (done.length > 0) await note.change((sids) => without(sids, done));
    return waiting.length - done.length;
  }

  // What a process that ended before left behind.
  schedule();
  return {
    async add(sid) {
      await note.change((sids) => ({ ...sids, [sid]: store.now() }));
      delayMilliseconds = firstDelayMilliseconds;
      schedule();
    },
    tell,
    close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}

function without(
  sids: Readonly<Record<string, unknown>>,
  gone: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(sids).filter(([sid]) => !gone.includes(sid)));
}
