/** Remembers when sessions were last written or touched, so that it is not done with every request. */
export interface Renewals {
  /**
   * Whether it is time again. `lifetimeMs` is how long the session lives after each use, null where only the store
   * knows; `writtenAt` the instant of which the record itself tells.
   */
  isDue(id: string, lifetimeMs: number | null, writtenAt: number | null): boolean;
  renewed(id: string, at: number): void;
  forget(id: string): void;
}

/** Sessions that are remembered; the one that was renewed longest ago makes room. */
const capacity = 20_000;
const longestMs = 60_000;
/** Where only the store knows how long sessions live: short beside any lifetime that makes sense. */
const unknownMs = 1_000;
const knownByStoreMs = 10_000;

/**
 * Milliseconds between two renewals: a twentieth of the lifetime, at most a minute. Without one of the session's own, a
 * twentieth of `storeTtl` (seconds; the `ttl` of connect-redis and others), at most ten seconds; else one second.
 */
export function renewalInterval(lifetimeMs: number | null, storeTtl: unknown): number {
  if (lifetimeMs !== null) return Math.min(lifetimeMs / 20, longestMs);
  if (typeof storeTtl !== 'number' || !(storeTtl > 0)) return unknownMs;
  return Math.min(storeTtl * 50, knownByStoreMs);
}

/** `intervalMs` gives the milliseconds between two renewals of a session with that lifetime. */
export function createRenewals(intervalMs: (lifetimeMs: number | null) => number): Renewals {
  const renewedAt = new Map<string, number>();
  return {
    isDue(id, lifetimeMs, writtenAt) {
      const last = renewedAt.get(id) ?? writtenAt;
      if (last === null) return true;
      const age = Date.now() - last;
      // A clock that was set back must not keep a session from being renewed.
      return age < 0 || age >= intervalMs(lifetimeMs);
    },
    renewed(id, at) {
      renewedAt.delete(id);
      renewedAt.set(id, at);
      if (renewedAt.size <= capacity) return;
      for (const oldest of renewedAt.keys()) {
        renewedAt.delete(oldest);
        break;
      }
    },
    forget: (id) => void renewedAt.delete(id),
  };
}
