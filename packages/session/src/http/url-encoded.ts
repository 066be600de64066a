/**
 * The fields of a URL-encoded form or query; null where there are more than `maxFields`. Bounds in bytes alone would let
 * somebody send nothing but separators, each of which makes a field.
 */
export function readUrlEncoded(text: string, maxFields: number): URLSearchParams | null {
  let at = -1;
  for (let fields = 1; ; fields += 1) {
    at = text.indexOf('&', at + 1);
    if (at === -1) return new URLSearchParams(text);
    if (fields >= maxFields) return null;
  }
}
