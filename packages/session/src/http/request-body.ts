import { readUrlEncoded } from './url-encoded.ts';

/** Fields that a form may have: those of our own have a handful, and a logout notice has one. */
const maxFields = 100;

/** The fields of a URL-encoded form, or null when it is another type, too long, of more than 100 fields or not whole. */
export async function readForm(
  request: Request,
  maxBytes: number,
): Promise<URLSearchParams | null> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) return null;
  const text = await readText(request, maxBytes);
  return text === null ? null : readUrlEncoded(text, maxFields);
}

/** The body as text, or null when it is longer than `maxBytes` or not whole. */
export async function readText(request: Request, maxBytes: number): Promise<string | null> {
  if (request.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body) {
      size += chunk.length;
      if (size > maxBytes) return null;
      chunks.push(chunk);
    }
  } catch {
    return null;
  }
  return Buffer.concat(chunks).toString();
}
