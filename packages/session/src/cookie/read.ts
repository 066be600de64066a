/**
 * Every value that a `Cookie` header has for a name, in the order of the header.
 *
 * All of them, because a sibling host can set a cookie of the same name that arrives first: who takes the first (or the
 * last) lets the sibling choose (RFC 6265bis, section 8.6). Names are compared as bytes, never percent-decoded:
 * decoding would let `__%48ost-` forge a prefix (CVE-2020-8184). Values are returned as they are, less the blanks around.
 * At most `limit` values are returned, default 8.
 */
export function readCookieValues(header: string, name: string, limit = 8): string[] {
  const values: string[] = [];
  const wanted = `${name}=`;
  let at = header.indexOf(wanted);
  while (at !== -1 && values.length < limit) {
    const end = header.indexOf(';', at);
    const stop = end === -1 ? header.length : end;
    if (startsPair(header, at)) values.push(header.slice(at + wanted.length, stop).trim());
    at = header.indexOf(wanted, at + wanted.length);
  }
  return values;
}

function startsPair(header: string, at: number): boolean {
  for (let index = at - 1; index >= 0; index -= 1) {
    const code = header.charCodeAt(index);
    if (code === 0x3b) return true;
    if (code !== 0x20 && code !== 0x09) return false;
  }
  return true;
}
