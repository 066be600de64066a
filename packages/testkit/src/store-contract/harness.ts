import type { SessionStore } from '@latchkey/session';

/** What a store's test gives the contract: its data, and its time. */
export interface StoreHarness {
  /** One more handle on the same data, as another process would have. */
  open(): Promise<SessionStore>;
  /**
   * Lets so many milliseconds pass by the store's clock. A store on a clock of ours moves that; one on a server's clock
   * takes the time off what its data has left to live. No case waits for real time.
   */
  advance(milliseconds: number): Promise<void>;
  /** Closes what is left open and throws the data away. Called once, after the case. */
  close(): Promise<void>;
}

/** Makes a harness with no data in it. */
export type MakeStoreHarness = () => Promise<StoreHarness>;

/** One behaviour that every store must have. Depends on no test runner: `run` rejects with an `AssertionError`. */
export interface StoreCase {
  /** A sentence about the behaviour. */
  readonly name: string;
  run(makeHarness: MakeStoreHarness): Promise<void>;
}

/** What a case works with. */
export interface StoreBench {
  readonly store: SessionStore;
  /** Another handle on the same data. */
  readonly other: SessionStore;
  /** One more of them. */
  open(): Promise<SessionStore>;
  /** Lets time pass. */
  advanceSeconds(seconds: number): Promise<void>;
}

/** A case from its name and what it does. */
export function storeCase(name: string, body: (bench: StoreBench) => Promise<void>): StoreCase {
  return { name, run: (makeHarness) => runOnBench(makeHarness, body) };
}

async function runOnBench(
  makeHarness: MakeStoreHarness,
  body: (bench: StoreBench) => Promise<void>,
): Promise<void> {
  const harness = await makeHarness();
  const handles: SessionStore[] = [];
  const open = async (): Promise<SessionStore> => {
    const handle = await harness.open();
    handles.push(handle);
    return handle;
  };
  try {
    const [store, other] = [await open(), await open()];
    const advanceSeconds = (seconds: number) => harness.advance(seconds * 1000);
    await body({ store, other, open, advanceSeconds });
  } finally {
    for (const handle of handles) await handle.close();
    await harness.close();
  }
}
