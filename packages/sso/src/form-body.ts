import { readUrlEncoded } from '@latchkey/session/parts';

/** Bytes a form may have. */
const maxBytes = 16_384;
/** Fields a form may have: a logout notice has one. */
const maxFields = 100;

/** The fields of a URL-encoded form, or null when it is another type, too long, of too many fields or not whole. */
export async function readFormBody(request: Request): Promise<URLSearchParams | null> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) return null;
  if (request.body === null) return new URLSearchParams();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body) {
      size += chunk.byteLength;
      if (size > maxBytes) return null;
      chunks.push(chunk);
    }
  } catch {
    return null;
  }
  return readUrlEncoded(Buffer.concat(chunks).toString('utf8'), maxFields);
}
