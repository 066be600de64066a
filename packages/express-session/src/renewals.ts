/** Remembers when sessions were last written or touched, so that it is not done with every request. */
export interface Renewals {
  /**
   * Whether it is time again. `lifetimeMilliseconds` is how long the session lives after each use, null where only the store
   * knows; `writtenAt` the instant of which the record itself tells.
   */
  isDue(id: string, lifetimeMilliseconds: number | null, writtenAt: number | null): boolean;
  /** Notes that a write or touch began at `at`. */
  renewed(id: string, at: number): void;
  /** The present moment, for {@link isRenewedSince}: counted, since clocks stand still within a millisecond. */
  moment(): number;
  /** Whether this process began to write or touch the record after that moment. */
  isRenewedSince(id: string, moment: number): boolean;
  forget(id: string): void;
}

/** Sessions that are remembered; the one that was renewed longest ago makes room. */
const capacity = 20_000;
const longestMilliseconds = 60_000;
/** For a store whose own lifetime is not known: short beside any lifetime that makes sense. */
const unknownMilliseconds = 500;
const knownByStoreMilliseconds = 10_000;

/** How long a store keeps a record whatever the session's cookie says: milliseconds, unknown, or no such limit. */
export type StoreLifetime = number | 'unknown' | 'none';

/**
 * The lifetime that a store may have of its own, which may be shorter than the cookie's. Only `ttl` in seconds, as
 * connect-redis and others have it, is known by its name; `keepsByCookie` is for a store known to have none.
 */
export function storeLifetime(store: object, keepsByCookie: boolean): StoreLifetime {
  if (keepsByCookie) return 'none';
  const { ttl } = store as { readonly ttl?: unknown };
  return typeof ttl === 'number' && ttl > 0 ? ttl * 1000 : 'unknown';
}

/**
 * Milliseconds between two renewals: a twentieth of the session's lifetime and of the store's, at most a minute. Ten
 * seconds at most if only the store has a lifetime, half a second at most if it is not known.
 */
export function renewalInterval(
  lifetimeMilliseconds: number | null,
  ofStore: StoreLifetime,
): number {
  const bySession =
    lifetimeMilliseconds === null
      ? knownByStoreMilliseconds
      : Math.min(lifetimeMilliseconds / 20, longestMilliseconds);
  if (ofStore === 'none') return lifetimeMilliseconds === null ? unknownMilliseconds : bySession;
  return Math.min(bySession, ofStore === 'unknown' ? unknownMilliseconds : ofStore / 20);
}

/** `intervalMilliseconds` gives the milliseconds between two renewals of a session with that lifetime. */
export function createRenewals(
  intervalMilliseconds: (lifetimeMilliseconds: number | null) => number,
): Renewals {
  const renewals = new Map<string, { readonly at: number; readonly moment: number }>();
  let moment = 0;
  return {
    isDue(id, lifetimeMilliseconds, writtenAt) {
      const last = renewals.get(id)?.at ?? writtenAt;
      if (last === null) return true;
      const ageMilliseconds = Date.now() - last;
      // A clock that was set back must not keep a session from being renewed.
      return ageMilliseconds < 0 || ageMilliseconds >= intervalMilliseconds(lifetimeMilliseconds);
    },
    renewed(id, at) {
      moment += 1;
      renewals.delete(id);
      renewals.set(id, { at, moment });
      if (renewals.size <= capacity) return;
      for (const oldest of renewals.keys()) {
        renewals.delete(oldest);
        break;
      }
    },
    moment: () => moment,
    isRenewedSince: (id, since) => (renewals.get(id)?.moment ?? 0) > since,
    forget: (id) => void renewals.delete(id),
  };
}
