import { LatchkeyError } from '../errors.ts';

/** Characters of a path that a message shows. */
const maxShownPath = 200;

/**
 * Throws `session_data_invalid`, with the path, for what comes back from JSON as something else: a Map or Set (empty), a Date (text),
 * NaN and Infinity (null), an instance of a class (its plain properties), undefined or a hole in a list (null), a function.
 * An undefined property of an object is no loss: it is absent before and after. For values that `JSON.stringify` takes,
 * which have no cycles.
 */
export function refuseLossy(key: string, value: unknown): void {
  // Not by recursion: what is nested deeply enough to break the stack is the app's, or came from outside.
  const left: { readonly path: string; readonly value: unknown }[] = [
    { path: pathTo('session.data', key), value },
  ];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const fault = faultOf(next.value);
    if (fault !== null) throw lossy(next.path, fault);
    if (typeof next.value !== 'object' || next.value === null) continue;
    const { path } = next;
    if (Array.isArray(next.value)) {
      for (const [index, item] of next.value.entries()) {
        left.push({ path: `${path}[${index}]`, value: item });
      }
      continue;
    }
    for (const [name, item] of Object.entries(next.value)) {
      if (item !== undefined) left.push({ path: pathTo(path, name), value: item });
    }
  }
}

/** What a value is that JSON changes, in words that follow "is"; or null. */
function faultOf(value: unknown): string | null {
  if (value === undefined) return 'undefined';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value === 'number') return Number.isFinite(value) ? null : String(value);
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) return hasHoles(value) ? 'a list with holes' : null;
  return isPlain(value) ? null : `a ${nameOf(value)}`;
}

function hasHoles(list: readonly unknown[]): boolean {
  for (let index = 0; index < list.length; index += 1) if (!(index in list)) return true;
  return false;
}

/** Without a prototype, or with one that has none: `Object.prototype` of this realm or of a test runner's. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function nameOf(value: object): string {
  const { name } = value.constructor ?? {};
  return typeof name === 'string' && /^\w{1,40}$/.test(name) ? name : 'class instance';
}

function pathTo(path: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

function lossy(path: string, fault: string): LatchkeyError {
  const shown = path.length > maxShownPath ? `${path.slice(0, maxShownPath)}…` : path;
  return new LatchkeyError(
    'session_data_invalid',
    `${shown} is ${fault}, and would come back from JSON as something else. Store plain values: text of a date (toISOString()), a list of a Map's or Set's entries, the fields of an object that are needed.`,
  );
}
