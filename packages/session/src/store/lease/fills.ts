import type { Slot } from '../../session-store.ts';

/** A read under way, whose answer may be kept unless its slot changed meanwhile. */
export interface Fill {
  readonly slot: Slot;
  isStale: boolean;
  readers: number;
}

/** The reads under way, by slot. */
export interface Fills {
  begin(slot: Slot): Fill;
  end(fill: Fill): void;
  /** Those of a slot become stale. Whoever begins to read from now on may keep what it finds. */
  invalidate(slot: Slot): void;
  /** All become stale. */
  invalidateAll(): void;
}

export function createFills(): Fills {
  const fills = new Map<Slot, Fill>();
  return {
    begin(slot) {
      const fill = fills.get(slot) ?? { slot, isStale: false, readers: 0 };
      fill.readers += 1;
      fills.set(slot, fill);
      return fill;
    },
    end(fill) {
      fill.readers -= 1;
      if (fill.readers === 0 && fills.get(fill.slot) === fill) fills.delete(fill.slot);
    },
    invalidate(slot) {
      const fill = fills.get(slot);
      if (fill === undefined) return;
      fill.isStale = true;
      fills.delete(slot);
    },
    invalidateAll() {
      for (const fill of fills.values()) fill.isStale = true;
      fills.clear();
    },
  };
}
