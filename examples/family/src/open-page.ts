import { request } from 'node:http';
import { lookupLoopback } from './development-fetch.ts';

/** What is asked besides the URL. */
export interface PageRequest {
  readonly method?: string;
  readonly headers?: Headers | Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Asks for a page as a browser does whose person opens it, with `Accept: text/html` unless the headers say something else;
 * redirects are not followed. Not by `fetch`, which says `Sec-Fetch-Mode: cors` in Node whatever it is told. Names under
 * `.localhost` are this machine. http alone: for tests of the development family.
 */
export function openPage(url: string, init: PageRequest = {}): Promise<Response> {
  const { method = 'GET', body } = init;
  const headers = new Headers(init.headers);
  if (!headers.has('accept')) headers.set('accept', 'text/html');
  return new Promise((resolve, reject) => {
    const options = { method, headers: Object.fromEntries(headers), lookup: lookupLoopback };
    const call = request(url, { ...options, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        resolve(toResponse(incoming.statusCode ?? 0, incoming.rawHeaders, Buffer.concat(chunks)));
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}

function toResponse(status: number, raw: readonly string[], body: Buffer<ArrayBuffer>): Response {
  const headers = new Headers();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    headers.append(raw[index] ?? '', raw[index + 1] ?? '');
  }
  const isEmpty = [204, 205, 304].includes(status);
  return new Response(isEmpty ? null : body, { status, headers });
}
