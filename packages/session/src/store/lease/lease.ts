// Owns memory in front of a store on a server: what a process may answer without asking, and for how long (the lease,
// this file). It knows no server: `store/redis/` and `store/postgres/` bring the channel that tells of changes, and
// reads for what is not remembered.

/** Milliseconds for which an answered heartbeat lets a process answer from memory. The same in every process of a family. */
export const leaseMilliseconds = 200;
/** Milliseconds that an ending waits after the store confirmed it: the lease and 5 %, for clocks that run apart. */
export const leaseWaitMilliseconds = 210;

/** The two clocks of a lease. One stops in a suspended machine, the other can be set: neither alone will do. */
export interface LeaseClock {
  /** Milliseconds that only go forward. */
  monotonic(): number;
  /** Milliseconds since 1970. */
  wall(): number;
}

/** A heartbeat on its way: when it was sent, and over which connection. */
export interface Heartbeat {
  readonly connection: object;
  readonly monotonic: number;
  readonly wall: number;
}

/**
 * The right to answer from memory. It lasts {@link leaseMilliseconds} from the *sending* of the last heartbeat that was
 * answered on the connection over which invalidations arrive: what the server did before it answered that heartbeat has
 * arrived here, and whoever ends something waits until no lease from before can be held. Having "heard something lately"
 * is not enough: behind a slow link that is stale each time.
 */
export interface Lease {
  /** Says that a heartbeat is being sent now. */
  send(connection: object): Heartbeat;
  /** Says that it was answered. Beats may be answered in any order. */
  answered(heartbeat: Heartbeat): void;
  /** Whether memory of this connection may answer at this moment; `monotonic`: as just read, where it was. */
  isHeld(connection: object | null, monotonic?: number): boolean;
  /** Milliseconds since the last answered heartbeat was sent; infinite without one. */
  age(): number;
}

export function createLease(clock: LeaseClock): Lease {
  let last: Heartbeat | null = null;
  return {
    send: (connection) => ({ connection, monotonic: clock.monotonic(), wall: clock.wall() }),
    answered(heartbeat) {
      const isNewer = last === null || heartbeat.monotonic > last.monotonic;
      if (isNewer || last?.connection !== heartbeat.connection) last = heartbeat;
    },
    isHeld(connection, monotonic = clock.monotonic()) {
      if (last === null || last.connection !== connection) return false;
      if (monotonic - last.monotonic >= leaseMilliseconds) return false;
      const passed = clock.wall() - last.wall;
      // A wall clock that was set back tells nothing about how long it was.
      return passed >= 0 && passed < leaseMilliseconds;
    },
    age: () => (last === null ? Number.POSITIVE_INFINITY : clock.monotonic() - last.monotonic),
  };
}
