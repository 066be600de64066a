import { LatchkeyError } from '../errors.ts';
import type { Session, SessionAccess } from '../session/session.ts';
import { type Slot, type StoreKey, slotOf } from '../session-store.ts';
import { judge, type Setting } from './setting.ts';

/** How often watched sessions are looked at. With the time-out of a look, an end is told well within a second. */
const lookMilliseconds = 250;
/** How long a store may fail to answer before work under its sessions is told to stop. */
const patienceMilliseconds = 30_000;

/** One session whose end somebody waits for. */
interface Watched {
  readonly controller: AbortController;
  readonly access: SessionAccess;
  key: StoreKey;
  holders: number;
  /** When its looks began to fail, by the store's clock; null while they do not. */
  failingSince: number | null;
}

/**
 * Tells work under way that its session ended: requests that were let in stay in (a stream, a socket, a long task), and
 * nothing asks for them again. Looks at the store, or at its memory where it has one; costs nothing while nobody waits.
 * A lost push or a crash elsewhere delays nothing.
 */
export class EndWatch {
  readonly #setting: Setting;
  readonly #watched = new Map<StoreKey, Watched>();
  #timer: NodeJS.Timeout | null = null;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  /**
   * Aborts when the session ends, when its access is withdrawn, or when the store has been away for half a minute. For
   * a visitor without a session it never does. To be given back by {@link release}.
   */
  signalOf(session: Session): AbortSignal {
    const backing = session.backing();
    if (backing === null) return new AbortController().signal;
    const { key, access } = backing;
    const known = this.#watched.get(key);
    const watched = known ?? {
      ...{ controller: new AbortController(), access, key },
      ...{ holders: 0, failingSince: null },
    };
    watched.holders += 1;
    this.#watched.set(key, watched);
    this.#schedule();
    return watched.controller.signal;
  }

  /** The work is done: nobody waits for that signal any more. */
  release(signal: AbortSignal): void {
    for (const [key, watched] of this.#watched) {
      if (watched.controller.signal !== signal) continue;
      watched.holders -= 1;
      if (watched.holders <= 0) this.#watched.delete(key);
      return;
    }
  }

  /** Looks now at the watched sessions of a slot; without one, at all. */
  async look(slot?: Slot): Promise<void> {
    const looks: Promise<void>[] = [];
    for (const [name, watched] of this.#watched) {
      if (slot === undefined || slotOf(name) === slot) looks.push(this.#lookAt(name, watched));
    }
    await Promise.all(looks);
  }

  async #lookAt(name: StoreKey, watched: Watched): Promise<void> {
    const { store } = this.#setting;
    try {
      const reading = await store.read(watched.key);
      const backing = judge(this.#setting, reading);
      watched.failingSince = null;
      if (backing !== null && backing.access === watched.access) watched.key = backing.key;
      else this.#tell(name, watched, ended());
    } catch (cause) {
      watched.failingSince ??= store.now();
      if (store.now() - watched.failingSince >= patienceMilliseconds) {
        this.#tell(name, watched, cause);
      }
    }
  }

  async #lookAgain(): Promise<void> {
    await this.look();
    this.#timer = null;
    if (this.#watched.size > 0) this.#schedule();
  }

  #tell(name: StoreKey, { controller }: Watched, reason: unknown): void {
    this.#watched.delete(name);
    controller.abort(reason);
  }

  #schedule(): void {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => void this.#lookAgain(), lookMilliseconds);
    // What waits for an end must not keep a process alive that has nothing else to do.
    this.#timer.unref();
  }
}

function ended(): LatchkeyError {
  return new LatchkeyError('session_ended', 'The session ended while work under it was going on.');
}
