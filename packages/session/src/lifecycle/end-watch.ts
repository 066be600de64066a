import { LatchkeyError } from '../errors.ts';
import type { SessionAccess } from '../session-object/session.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import { type Reading, type Slot, type StoreKey, slotOf } from '../session-store.ts';
import { judge, type SessionsConfig } from './sessions-config.ts';

/** How often watched sessions are looked at. With the time-out of a look, an end is told well within a second. */
const lookMilliseconds = 250;
/** How long a store may fail to answer before work under its sessions is told to stop. */
const patienceMilliseconds = 30_000;

/** One session whose end somebody waits for. */
interface Watched {
  /** Under which it is watched: where it was stored when the first began to wait. */
  readonly name: StoreKey;
  key: StoreKey;
  readonly holders: Set<Holder>;
  /** When its looks began to fail, by the store's clock; null while they do not. */
  failingSince: number | null;
}

/** One request that waits. With a signal of its own, so that nothing of it is kept by those that wait longer. */
interface Holder {
  readonly watched: Watched;
  readonly controller: AbortController;
  readonly access: SessionAccess;
}

/**
 * Tells work under way that its session ended: requests that were let in stay in (a stream, a socket, a long task), and
 * nothing asks for them again. Looks at the store, or at its memory where it has one; costs nothing while nobody waits.
 * A lost push or a crash elsewhere delays nothing.
 */
export class EndWatch {
  readonly #config: SessionsConfig;
  readonly #watched = new Map<StoreKey, Watched>();
  readonly #holders = new WeakMap<AbortSignal, Holder>();
  #timer: NodeJS.Timeout | null = null;

  constructor(config: SessionsConfig) {
    this.#config = config;
  }

  /**
   * Aborts when the session ends, when its access is withdrawn, or when the store has been away for half a minute. For
   * a visitor without a session it never does. To be given back by {@link release}.
   */
  signalOf(session: SessionObject): AbortSignal {
    const controller = new AbortController();
    const { signal } = controller;
    const backing = session.backing();
    if (backing === null) return signal;
    const { key, access } = backing;
    const known = this.#watched.get(key);
    const watched = known ?? { name: key, key, holders: new Set(), failingSince: null };
    const holder = { watched, controller, access };
    watched.holders.add(holder);
    this.#watched.set(key, watched);
    this.#holders.set(signal, holder);
    this.#schedule();
    return signal;
  }

  /** The work is done: nobody waits for that signal any more. Saying so again changes nothing. */
  release(signal: AbortSignal): void {
    const holder = this.#holders.get(signal);
    if (holder !== undefined) this.#drop(holder);
  }

  /** Looks now at the watched sessions of a slot; without one, at all. */
  async look(slot?: Slot): Promise<void> {
    const looks: Promise<void>[] = [];
    for (const watched of this.#watched.values()) {
      if (slot === undefined || slotOf(watched.name) === slot) looks.push(this.#lookAt(watched));
    }
    await Promise.all(looks);
  }

  async #lookAt(watched: Watched): Promise<void> {
    const { store } = this.#config;
    try {
      const backing = judge(this.#config, await this.#read(watched));
      watched.failingSince = null;
      const out = [...watched.holders].filter(({ access }) => access !== backing?.access);
      if (out.length > 0) this.#tell(out, ended());
    } catch (cause) {
      watched.failingSince ??= store.now();
      if (store.now() - watched.failingSince >= patienceMilliseconds) {
        this.#tell([...watched.holders], cause);
      }
    }
  }

  /** Work that was let in goes on where the session gets a new id; a sign-in makes another session. */
  async #read(watched: Watched): Promise<Reading | null> {
    const { store } = this.#config;
    for (;;) {
      const reading = await store.read(watched.key);
      const retired = reading === null ? await store.findRetired(watched.key) : null;
      if (retired?.kind !== 'replaced') return reading;
      if (slotOf(retired.successor) !== slotOf(watched.key)) return null;
      watched.key = retired.successor;
    }
  }

  async #lookAgain(): Promise<void> {
    await this.look();
    this.#timer = null;
    if (this.#watched.size > 0) this.#schedule();
  }

  #tell(holders: readonly Holder[], reason: unknown): void {
    for (const holder of holders) {
      this.#drop(holder);
      holder.controller.abort(reason);
    }
  }

  #drop(holder: Holder): void {
    const { watched, controller } = holder;
    this.#holders.delete(controller.signal);
    watched.holders.delete(holder);
    const { name, holders } = watched;
    if (holders.size === 0 && this.#watched.get(name) === watched) this.#watched.delete(name);
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
