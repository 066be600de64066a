/** Rings once at the earliest of the wishes it was given since it last rang. */
export interface EarliestTimer {
  ringIn(milliseconds: number): void;
  /** It never rings again. */
  stop(): void;
}

/** A timer that holds no process open. */
export function createEarliestTimer(ring: () => void): EarliestTimer {
  let handle: NodeJS.Timeout | null = null;
  let ringsAt = Number.POSITIVE_INFINITY;
  let isStopped = false;
  return {
    ringIn(milliseconds) {
      const at = performance.now() + Math.max(0, milliseconds);
      if (isStopped || at >= ringsAt) return;
      if (handle !== null) clearTimeout(handle);
      ringsAt = at;
      handle = setTimeout(() => {
        ringsAt = Number.POSITIVE_INFINITY;
        ring();
      }, at - performance.now());
      handle.unref();
    },
    stop() {
      isStopped = true;
      if (handle !== null) clearTimeout(handle);
    },
  };
}
