import { randomBytes } from 'node:crypto';

/** A value, or a promise of it: what memory can answer at once is not made to wait. */
export type MaybePromise<T> = T | Promise<T>;

/** Something happened that an operator may want to see. Never holds a cookie value, a token or a key. */
export interface LatchkeyEvent {
  /** For example `cookie.duplicate`, `handshake.refused`, `store.unavailable`. */
  readonly type: string;
  readonly app?: string;
  /** A named reason, never text that came from outside. */
  readonly reason?: string;
  readonly cause?: unknown;
  /** Hosts that it is about, ten at most, in printable ASCII. */
  readonly hosts?: readonly string[];
}

/** What Latchkey takes from its surroundings. Tests pass their own. */
export interface Platform {
  /** Milliseconds since 1970. Default `Date.now`. */
  now(): number;
  /** `size` bytes from a cryptographic generator. Default `crypto.randomBytes`. */
  randomBytes(size: number): Buffer;
  /** Calls other servers. Default the global `fetch`. */
  fetch(url: string, init?: RequestInit): Promise<Response>;
  /** Told of events. Default: does nothing. */
  onEvent(event: LatchkeyEvent): void;
}

/** The real clock, generator and network; parts can be replaced. */
export function createPlatform(parts: Partial<Platform> = {}): Platform {
  return {
    now: parts.now ?? Date.now,
    randomBytes: parts.randomBytes ?? randomBytes,
    fetch: parts.fetch ?? ((url, init) => fetch(url, init)),
    onEvent: parts.onEvent ?? (() => undefined),
  };
}
