import { identityOf } from './session.ts';
import type { Session } from './shapes.ts';
import type { Snapshot } from './snapshot.ts';
import type { KnownRecord } from './write.ts';

/** What a request knows of one of its session objects. */
export interface Held {
  /** What this request knows of the record; null while there is none. */
  record: KnownRecord | null;
  /** What the end of the response need not save again; null: it is to be saved in any case. */
  saved: Snapshot | null;
}

/**
 * The session objects of one request, of which `regenerate` and `reload` make further ones. An object is recognized
 * through a Proxy, and through an object that inherits from it.
 */
export class HeldSessions {
  #currentId: symbol | object | null = null;
  #current: Held | null = null;
  /** Those that were loaded again, and that the app may still hold and save. Few requests have any. */
  #replaced: Map<symbol | object, Held> | null = null;
  /** Those that the app ended, and may still hold. */
  #ended: Set<symbol | object> | null = null;

  /** A new session takes the place of all before. */
  begin(session: Session): void {
    this.#currentId = identityOf(session);
    this.#current = { record: null, saved: null };
    this.#replaced = null;
  }

  /** The same session, loaded from the store, takes the place of the one before. */
  load(session: Session, held: Held): void {
    if (this.#currentId !== null && this.#current !== null) {
      this.#replaced ??= new Map();
      this.#replaced.set(this.#currentId, this.#current);
    }
    this.#currentId = identityOf(session);
    this.#current = held;
  }

  of(session: Session): Held | null {
    return this.currentOf(session) ?? this.#replaced?.get(identityOf(session)) ?? null;
  }

  /** The same for the request's session alone; null for one that was replaced. */
  currentOf(session: Session): Held | null {
    return identityOf(session) === this.#currentId ? this.#current : null;
  }

  end(session: Session): void {
    this.#ended ??= new Set();
    this.#ended.add(identityOf(session));
  }

  hasEnded(session: Session): boolean {
    return this.#ended?.has(identityOf(session)) ?? false;
  }
}
