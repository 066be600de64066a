import { LatchkeyError } from '../errors.ts';

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
  readonly set: ReadonlyMap<string, unknown>;
  readonly removed: readonly string[];
}

/** Characters of JSON that one session may hold. */
export const maxDataLength = 262_144;

/** The JSON object in `text`; an empty one where the text is not a JSON object. */
export function parseData(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Broken text was not written by us; the session goes on without data rather than failing every request.
  }
  return {};
}

/** What `data` changed against the text it was parsed from, or null. Throws `session_data_invalid`. */
export function findChanges(text: string, data: Record<string, unknown>): Changes | null {
  if (stringify(data) === text) return null;
  const before = new Map(Object.entries(parseData(text)));
  const set = new Map<string, unknown>();
  for (const [key, value] of Object.entries(data)) {
    if (value === undefined) continue;
    if (!before.has(key) || stringify(before.get(key)) !== stringify(value)) set.set(key, value);
    before.delete(key);
  }
  const removed = [...before.keys()];
  return set.size === 0 && removed.length === 0 ? null : { set, removed };
}

/** `text` with the changes applied, as text. Throws `session_data_invalid` when it would be too large. */
export function applyChanges(text: string, changes: Changes): string {
  const entries = new Map(Object.entries(parseData(text)));
  for (const key of changes.removed) entries.delete(key);
  for (const [key, value] of changes.set) entries.set(key, value);
  // fromEntries defines own properties, so a key named __proto__ stays data.
  const merged = stringify(Object.fromEntries(entries));
  if (merged.length > maxDataLength) {
    throw new LatchkeyError(
      'session_data_invalid',
      `The session's data would take ${merged.length} characters of JSON; at most ${maxDataLength} are kept. Store large things in your own database and their id in the session.`,
    );
  }
  return merged;
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch (cause) {
    throw new LatchkeyError(
      'session_data_invalid',
      'Session data must be plain JSON: no cycles, no BigInt. Convert it before storing it.',
      { cause },
    );
  }
}
