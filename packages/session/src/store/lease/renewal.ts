import type { Lease } from './lease.ts';
import type { TrackedChannel } from './tracked-channel.ts';

/** Keeps a lease for as long as memory answers. */
export interface Renewal {
  /** Says that memory answered just now. */
  noteHit(): void;
  stop(): void;
}

/** How often the lease is renewed while memory answers. */
const heartbeatMilliseconds = 60;

export function createRenewal(
  lease: Lease,
  channel: Pick<TrackedChannel, 'current' | 'heartbeat'>,
): Renewal {
  let hits = 0;
  let timer: NodeJS.Timeout | undefined;

  function renew(): void {
    const connection = channel.current();
    if (connection === null || hits === 0) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    hits = 0;
    if (lease.age() < heartbeatMilliseconds / 2) return;
    const heartbeat = lease.send(connection);
    channel.heartbeat(connection).then(
      () => lease.answered(heartbeat),
      // Then the lease runs out, and every read asks the store.
      () => undefined,
    );
  }

  return {
    noteHit() {
      hits += 1;
      timer ??= setInterval(renew, heartbeatMilliseconds).unref();
    },
    stop() {
      clearInterval(timer);
    },
  };
}
