/**
 * Every value that a `Cookie` header has for a name, in the order of the header.
 *
 * All of them, because a sibling host can set a cookie of the same name that arrives first: who takes the first (or the
 * last) lets the sibling choose (RFC 6265bis, section 8.6). Names are compared as bytes, never percent-decoded:
 * decoding would let `__%48ost-` forge a prefix (CVE-2020-8184). Values are returned as they are, less the spaces and tabs
 * around. At most `limit` values are returned, default 8.
 */
export function readCookieValues(header: string, name: string, limit = 8): string[] {
  return valuesOf(header, `${name}=`, limit);
}

/** Says that a header has several values for a name: then {@link readCookieValues} has them all. */
export const severalValues: unique symbol = Symbol('several values');

/**
 * Reads the value that a `Cookie` header has for one name, where it has exactly one: null for none. The same values as
 * {@link readCookieValues}, without a list of them, for what is asked at each request.
 */
export function createCookieReader(
  name: string,
): (header: string) => string | null | typeof severalValues {
  const wanted = `${name}=`;
  return (header) => {
    const at = header.indexOf(wanted);
    if (at === -1) return null;
    const from = at + wanted.length;
    if (header.includes(wanted, from) || !startsPair(header, at)) {
      const [first, second] = valuesOf(header, wanted, 2);
      return second === undefined ? (first ?? null) : severalValues;
    }
    const end = header.indexOf(';', from);
    return trimBlanks(header, from, end === -1 ? header.length : end);
  };
}

function valuesOf(header: string, wanted: string, limit: number): string[] {
  const values: string[] = [];
  let at = header.indexOf(wanted);
  while (at !== -1 && values.length < limit) {
    const from = at + wanted.length;
    // Its end is looked for only then: of names in a row without an end each would look through all that follow.
    if (startsPair(header, at)) {
      const end = header.indexOf(';', from);
      values.push(trimBlanks(header, from, end === -1 ? header.length : end));
    }
    at = header.indexOf(wanted, from);
  }
  return values;
}

/**
 * The cookies whose names begin with `prefix`, as pairs of the rest of the name and the value, in the order of the header.
 * Names and values as {@link readCookieValues} takes them. At most `limit`.
 */
export function readCookiesUnder(
  header: string,
  prefix: string,
  limit: number,
): (readonly [rest: string, value: string])[] {
  const found: (readonly [string, string])[] = [];
  let at = header.indexOf(prefix);
  while (at !== -1 && found.length < limit) {
    const end = header.indexOf(';', at);
    const stop = end === -1 ? header.length : end;
    const pair = header.slice(at, stop);
    const equals = pair.indexOf('=');
    if (equals !== -1 && startsPair(header, at)) {
      const rest = pair.slice(prefix.length, equals);
      found.push([rest, trimBlanks(pair, equals + 1, pair.length)]);
    }
    at = header.indexOf(prefix, stop);
  }
  return found;
}

function startsPair(header: string, at: number): boolean {
  for (let index = at - 1; index >= 0; index -= 1) {
    if (header.charCodeAt(index) === 0x3b) return true;
    if (!isBlank(header, index)) return false;
  }
  return true;
}

/** Not `trim()`, which also takes away what servers hear as part of the value, such as U+00A0. */
function trimBlanks(header: string, start: number, stop: number): string {
  let from = start;
  let to = stop;
  while (from < to && isBlank(header, from)) from += 1;
  while (to > from && isBlank(header, to - 1)) to -= 1;
  return header.slice(from, to);
}

function isBlank(header: string, index: number): boolean {
  const code = header.charCodeAt(index);
  return code === 0x20 || code === 0x09;
}

/** Whether a cookie of this name is brought, whatever its value opens. */
export function bringsCookie(header: string | undefined, name: string): boolean {
  return header !== undefined && readCookieValues(header, name, 1).length > 0;
}
