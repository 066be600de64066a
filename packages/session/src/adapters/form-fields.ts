import { readUrlEncoded } from '../http/url-encoded.ts';

/** Bytes of a form that are read in search of a token. A larger one must bring it in the header. */
export const maxFormBytes = 1_048_576;
/**
 * Fields of a form that are read: what parsers in use allow (PHP and Express: 1,000). The platform's own parser takes seconds for a
 * form that is nothing but separators.
 */
export const maxFormFields = 1000;

const urlEncoded = /^application\/x-www-form-urlencoded[ \t]*(?:;|$)/i;
const multipart = /^multipart\/form-data[ \t]*(?:;|$)/i;
const boundary = /;[ \t]*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i;

/** Whether the type of a body is one that has fields. */
export function isForm(type: string): boolean {
  return urlEncoded.test(type) || multipart.test(type);
}

/** The fields of a form; null where it is none, whatever its type says. */
export async function readFields(
  bytes: Buffer<ArrayBuffer>,
  type: string,
): Promise<URLSearchParams | FormData | 'too-large' | null> {
  if (bytes.length > maxFormBytes) return 'too-large';
  if (urlEncoded.test(type)) {
    return readUrlEncoded(bytes.toString(), maxFormFields) ?? 'too-large';
  }
  const [, quoted, plain] = boundary.exec(type) ?? [];
  const separator = quoted ?? plain;
  if (!multipart.test(type) || separator === undefined) return null;
  if (hasMore(bytes, `--${separator}`, maxFormFields)) return 'too-large';
  return new Response(bytes, { headers: { 'content-type': type } }).formData().catch(() => null);
}

function hasMore(bytes: Buffer, separator: string, limit: number): boolean {
  const wanted = Buffer.from(separator, 'latin1');
  let count = 0;
  for (let at = bytes.indexOf(wanted); at !== -1; at = bytes.indexOf(wanted, at + wanted.length)) {
    count += 1;
    if (count > limit) return true;
  }
  return false;
}
