import { readUrlEncoded } from '@latchkey/session/parts';

/** Bytes a form of the login host may have: the longest request that a sign-in form holds, each character escaped, and more. */
const maxFormBytes = 32_768;

/** Fields that a form may have: the login host's own have a handful. */
const maxFields = 100;

/** The fields of a URL-encoded form, or null when it is another type, too long or of more than 100 fields. Reads at most 32 KiB. */
export async function readForm(request: Request): Promise<URLSearchParams | null> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) return null;
  const text = await readText(request, maxFormBytes);
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
