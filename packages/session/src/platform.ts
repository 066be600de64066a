import { randomBytes } from 'node:crypto';
import { createEventPrinter } from './event-printer.ts';
import type { LatchkeyEvent } from './events.ts';
import { invalidOption, refuseUnknown } from './option-rules.ts';
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

const partNames: readonly (keyof Platform)[] = ['now', 'randomBytes', 'fetch', 'onEvent'];

/** The real clock, generator and network; parts can be replaced. Throws `option_invalid` for what is no part of it. */
export function createPlatform(parts: Partial<Platform> = {}): Platform {
  refuseUnknown(parts, partNames, 'platform');
  const odd = partNames.find((name) => !['function', 'undefined'].includes(typeof parts[name]));
  if (odd !== undefined) throw invalidOption(`platform.${odd} must be a function.`);
  const { now = createSteadyClock() } = parts;
  return {
    now,
    randomBytes: parts.randomBytes ?? randomBytes,
    fetch: parts.fetch ?? ((url, init) => fetch(url, init)),
    // Unlike a write of our own it survives an error output that nobody reads any more.
    onEvent: parts.onEvent ?? createEventPrinter((line) => console.error(line), now),
  };
}
