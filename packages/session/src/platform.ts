import { randomBytes } from 'node:crypto';
import { createEventPrinter } from './event-printer.ts';
import type { LatchkeyEvent } from './events.ts';
import { createSteadyClock } from './steady-clock.ts';

export type { LatchkeyEvent } from './events.ts';

/** A value, or a promise of it: what memory can answer at once is not made to wait. */
export type MaybePromise<T> = T | Promise<T>;

/** What Latchkey takes from its surroundings. Tests pass their own. */
export interface Platform {
  /** Milliseconds since 1970. Default the wall clock, which is not followed where it leaps for less than a minute. */
  now(): number;
  /** `size` bytes from a cryptographic generator. Default `crypto.randomBytes`. */
  randomBytes(size: number): Buffer;
  /** Calls other servers. Default the global `fetch`. */
  fetch(url: string, init?: RequestInit): Promise<Response>;
  /** Told of events. Default: writes warnings and errors to the error output, one line each. */
  onEvent(event: LatchkeyEvent): void;
}

/** The real clock, generator and network; parts can be replaced. */
export function createPlatform(parts: Partial<Platform> = {}): Platform {
  const { now = createSteadyClock() } = parts;
  return {
    now,
    randomBytes: parts.randomBytes ?? randomBytes,
    fetch: parts.fetch ?? ((url, init) => fetch(url, init)),
    // Unlike a write of our own it survives an error output that nobody reads any more.
    onEvent: parts.onEvent ?? createEventPrinter((line) => console.error(line), now),
  };
}
