import type { Lease } from './lease.ts';
import type { TrackedChannel } from './tracked-channel.ts';

/** Keeps a lease for as long as memory answers. */
export interface Renewal {
  /** Says that memory answered just now. */
  noteHit(): void;
  stop(): void;
}

/** How often the lease is renewed while memory answers. */
const beatMilliseconds = 60;

export function createRenewal(
  lease: Lease,
  channel: Pick<TrackedChannel, 'current' | 'beat'>,
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
    if (lease.age() < beatMilliseconds / 2) return;
    const beat = lease.send(connection);
    channel.beat(connection).then(
      () => lease.answered(beat),
      // Then the lease runs out, and every read asks the store.
      () => undefined,
    );
  }

  return {
    noteHit() {
      hits += 1;
      timer ??= setInterval(renew, beatMilliseconds).unref();
    },
    stop() {
      clearInterval(timer);
    },
  };
}
