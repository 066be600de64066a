/**
 * Whether `store.set` changes the session that it is given, as session-file-store (`__lastAccess`) and connect-mongo with
 * `touchAfter` (`lastModified`) do. With express-session each such save makes the session a changed one, so that a cookie
 * with an end is set again; apps rely on it to keep people in.
 */
export interface StoreMarks {
  /** Null until the store was given a session that has a record. */
  marksSessions: boolean | null;
}

/** The top-level values of a session, to see later which of them a store changed. */
type Values = ReadonlyMap<string, unknown>;

export function valuesOf(session: object): Values {
  return new Map(Object.keys(session).map((key) => [key, Reflect.get(session, key)]));
}

/** Keys of which a store set, changed or removed the value; objects inside are not looked into. */
export function keysMarked(session: object, before: Values): readonly string[] {
  const keys = new Set([...before.keys(), ...Object.keys(session)]);
  return [...keys].filter(
    (key) =>
      Object.hasOwn(session, key) !== before.has(key) ||
      Reflect.get(session, key) !== before.get(key),
  );
}

/** Puts what the store noted in a copy into the session that the app holds, as if the store had been given that one. */
export function copyMarks(keys: readonly string[], from: object, to: object): void {
  for (const key of keys) {
    if (Object.hasOwn(from, key)) Reflect.set(to, key, Reflect.get(from, key));
    else Reflect.deleteProperty(to, key);
  }
}
