import { Session } from './session.ts';

/** What a session held at one moment, by top-level key and without its cookie: to see later what changed. */
export type Snapshot = ReadonlyMap<string, Entry>;

type Entry = string | number | boolean | null | Json | undefined;

/** An object or array, as the text that the store would get. Apart from strings, which may look the same. */
class Json {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Throws TypeError for what JSON cannot say: a circle, a bigint. */
export function takeSnapshot(session: object): Snapshot {
  const entries = new Map<string, Entry>();
  // Inherited data too: the app may have put an object around its session that inherits from it.
  for (const key in session) {
    const entry = key === 'cookie' ? undefined : entryOf(Reflect.get(session, key));
    if (entry !== undefined) entries.set(key, entry);
  }
  return entries;
}

/** Whether the session holds now what it held then. Throws as {@link takeSnapshot}. */
export function isUnchanged(session: object, snapshot: Snapshot): boolean {
  let known = 0;
  for (const key in session) {
    const entry = key === 'cookie' ? undefined : entryOf(Reflect.get(session, key));
    if (entry === undefined) continue;
    if (!isSame(entry, snapshot.get(key))) return false;
    known += 1;
  }
  return known === snapshot.size;
}

/**
 * What others changed in the record `stored` since `base`, where `session` did not change the same key: values to be
 * set, `undefined` for keys to be removed. Keys that a session cannot have as data are left out.
 */
export function changesOfOthers(
  session: object,
  base: Snapshot,
  stored: object,
): ReadonlyMap<string, unknown> {
  const changes = new Map<string, unknown>();
  const keys = new Set([...Object.keys(stored), ...base.keys()]);
  for (const key of keys) {
    if (key === 'cookie' || key === 'req' || key === 'id' || key in Session.prototype) continue;
    const value: unknown = Object.hasOwn(stored, key) ? Reflect.get(stored, key) : undefined;
    if (isSame(entryOf(value), base.get(key))) continue;
    if (isSame(entryOf(Reflect.get(session, key)), base.get(key))) changes.set(key, value);
  }
  return changes;
}

function entryOf(value: unknown): Entry {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' && typeof value !== 'bigint') return undefined;
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined || text.startsWith('{') || text.startsWith('[')) {
    return text === undefined ? undefined : new Json(text);
  }
  // A Date, for example, which comes back from the store as a string.
  return JSON.parse(text) as string | number | boolean | null;
}

function isSame(one: Entry, other: Entry): boolean {
  if (one instanceof Json) return other instanceof Json && one.text === other.text;
  return one === other;
}
