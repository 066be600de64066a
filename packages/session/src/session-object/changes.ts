import { LatchkeyError } from '../errors.ts';
import { refuseLossy } from './lossless.ts';

/** Plain JSON, as app data may hold it. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** What a request changed, by top-level key: so that two requests that write different keys both survive. */
export interface Changes {
  /** Keys that were set, each with its value as JSON, taken when the changes were looked for. */
  readonly set: ReadonlyMap<string, string>;
  readonly removed: readonly string[];
}

export const noChanges: Changes = { set: new Map(), removed: [] };

/** Characters of JSON that one session may hold. */
export const maxDataLength = 262_144;

/**
 * The JSON object in `text`; an empty one where the text is not a JSON object. It has no prototype: a key that came from
 * outside (`__proto__`, `constructor`) is data like any other, when it is read and when it is set.
 */
export function parseData(text: string): Record<string, unknown> {
  const data = Object.create(null) as Record<string, unknown>;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return Object.assign(data, value);
    }
  } catch {
    // Broken text was not written by us; the session goes on without data rather than failing every request.
  }
  return data;
}

/** What `data` changed against the text it was parsed from, or null. Throws `session_data_invalid`. */
export function findChanges(text: string, data: Record<string, unknown>): Changes | null {
  if (textOf(data) === text && !hasUnwritable(data)) return null;
  const before = new Map(Object.entries(parseData(text)));
  const set = new Map<string, string>();
  for (const [key, value] of Object.entries(data)) {
    // Set to undefined is removed.
    if (value === undefined) continue;
    const now = stringify(value, key);
    if (now === undefined || !before.has(key) || stringify(before.get(key)) !== now) {
      refuseLossy(key, value);
      set.set(key, now ?? 'null');
    }
    before.delete(key);
  }
  const removed = [...before.keys()];
  return set.size === 0 && removed.length === 0 ? null : { set, removed };
}

/** `text` with the changes applied, as text. Throws `session_data_invalid` when it would be too large. */
export function applyChanges(text: string, changes: Changes): string {
  const entries = new Map(Object.entries(parseData(text)));
  for (const key of changes.removed) entries.delete(key);
  for (const [key, json] of changes.set) entries.set(key, JSON.parse(json));
  // fromEntries defines own properties, so a key named __proto__ stays data.
  const merged = stringify(Object.fromEntries(entries)) ?? '{}';
  if (merged.length > maxDataLength) {
    throw new LatchkeyError(
      'session_data_invalid',
      `The session's data would take ${merged.length} characters of JSON; at most ${maxDataLength} are kept. Store large things in your own database and their id in the session.`,
    );
  }
  return merged;
}

/**
 * Makes `data`, which was parsed from `base` and from which `saved` was taken, what is stored now (`stored`). What the
 * app changed since then stays as it is, to be saved next; equal values keep their identity, so that an array the app
 * holds is still the one in the session.
 */
export function settle(
  data: Record<string, unknown>,
  { base, saved }: { readonly base: string; readonly saved: Changes },
  stored: string,
): void {
  const whenTaken = new Map(
    Object.entries(parseData(base)).map(([key, value]) => [key, stringify(value)]),
  );
  for (const key of saved.removed) whenTaken.delete(key);
  for (const [key, json] of saved.set) whenTaken.set(key, json);
  const fresh = parseData(stored);
  for (const key of new Set([...Object.keys(data), ...Object.keys(fresh)])) {
    const json = stringify(data[key]);
    if (json !== whenTaken.get(key)) continue;
    if (!Object.hasOwn(fresh, key)) delete data[key];
    else if (stringify(fresh[key]) !== json) data[key] = fresh[key];
  }
}

/** Whether there is a value that the text has not even a word for. */
function hasUnwritable(data: Record<string, unknown>): boolean {
  for (const key in data) {
    const kind = typeof data[key];
    if (kind === 'function' || kind === 'symbol') return true;
  }
  return false;
}

/** The whole as text; null where a value cannot be written, which is named when its key is come to. */
function textOf(data: Record<string, unknown>): string | null {
  try {
    return JSON.stringify(data);
  } catch {
    return null;
  }
}

/** The JSON of a value; undefined where JSON has none. Throws `session_data_invalid`. */
function stringify(value: unknown, key?: string): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new LatchkeyError(
      'session_data_invalid',
      `Session data must be plain JSON: no cycles, no BigInt${key === undefined ? '' : `, as in session.data[${JSON.stringify(key.slice(0, 100))}]`}. Convert it before storing it.`,
      { cause },
    );
  }
}
