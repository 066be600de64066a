import { LatchkeyError, type SessionStore } from '@latchkey/session';

/** A store that does what it is told to do wrong. */
export interface BreakableStore extends SessionStore {
  /** `all`: every call fails; `writes`: everything but `read` fails. */
  broken: 'no' | 'all' | 'writes';
}

/** Wraps a store. `isSlow`: each call, `read` too, answers only after the event loop went round. */
export function createBreakableStore(store: SessionStore, isSlow: boolean): BreakableStore {
  const wrapped = {} as Record<string, unknown>;
  for (const [name, method] of Object.entries(store)) {
    const call = method as (...args: unknown[]) => unknown;
    wrapped[name] =
      name === 'now'
        ? call
        : (...args: unknown[]) => {
            const { broken } = breakable;
            if (broken === 'all' || (broken === 'writes' && name !== 'read')) return fail(isSlow);
            return isSlow ? later(() => call(...args)) : call(...args);
          };
  }
  const breakable: BreakableStore = Object.assign(wrapped as unknown as SessionStore, {
    broken: 'no' as BreakableStore['broken'],
  });
  return breakable;
}

async function fail(isSlow: boolean): Promise<never> {
  if (isSlow) await nextRound();
  throw new LatchkeyError('store_unavailable', 'The store was told to fail.', {
    cause: new Error('told to'),
  });
}

async function later(work: () => unknown): Promise<unknown> {
  await nextRound();
  return work();
}

async function nextRound(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
