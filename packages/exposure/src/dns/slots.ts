/** A bound on what is under way at once. */
export interface Slots {
  /** Waits for a free slot. */
  take(): Promise<void>;
  give(): void;
}

/** First come, first served. */
export function createSlots(limit: number): Slots {
  let free = limit;
  const waiting: (() => void)[] = [];
  let head = 0;
  return {
    take() {
      if (free > 0) {
        free -= 1;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        waiting.push(resolve);
      });
    },
    give() {
      const next = waiting[head];
      if (next === undefined) {
        free += 1;
        return;
      }
      head += 1;
      // The queue is cut now and then: shifting at each turn would move all that wait.
      if (head > 1_024) {
        waiting.splice(0, head);
        head = 0;
      }
      next();
    },
  };
}
