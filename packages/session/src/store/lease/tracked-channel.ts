import type { Reading, Slot, StoreKey } from '../../session-store.ts';

/** The connection over which a process reads what it remembers, and on which it hears that something changed. */
export interface TrackedChannel {
  /** The connection there is now, or null. Only ever compared. */
  current(): object | null;
  /**
   * Reads so that the answer also says that this very connection is alive and has brought what changed before. Rejects when
   * it broke, or with `store_unavailable` where asking the store once more would be in vain.
   */
  read(connection: object, key: StoreKey): Promise<Reading | null>;
  /** Resolves when that very connection has answered. */
  heartbeat(connection: object): Promise<void>;
  /** Whether the server keeps a note of a key also where nothing was found. */
  readonly notesMisses?: boolean;
  /** Told of each slot that changed, in order with the answers; null: anything may have. */
  onChange(listener: (slot: Slot | null) => void): void;
  close(): Promise<void>;
}
