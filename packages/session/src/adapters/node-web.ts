import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** The path of a request line, without query. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

/**
 * A Node request as a web request on a configured origin: the `Host` header and an absolute-form request line decide
 * nothing. Null for request lines that are no path, and for methods that web requests do not know (TRACE, CONNECT).
 */
export function toWebRequest(incoming: IncomingMessage, origin: string): Request | null {
  const { method = 'GET', url = '/' } = incoming;
  if (!url.startsWith('/') || !URL.canParse(`${origin}${url}`)) return null;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  try {
    return new Request(`${origin}${url}`, {
      method,
      headers: webHeaders(incoming),
      ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' } : {}),
    });
  } catch {
    return null;
  }
}

function webHeaders({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!name.startsWith(':')) headers.append(name, rawHeaders[index + 1] ?? '');
  }
  return headers;
}

/** The answer to a request that {@link toWebRequest} cannot translate. */
export function badRequest(): Response {
  return new Response('Bad request.', { status: 400 });
}

/** Sends a web response, streaming its body; each `Set-Cookie` stays a line of its own. */
export async function sendWebResponse(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.statusCode = response.status;
  response.headers.forEach((value, name) => {
    if (name !== 'set-cookie') outgoing.setHeader(name, value);
  });
  for (const line of response.headers.getSetCookie()) outgoing.appendHeader('set-cookie', line);
  if (response.body === null || outgoing.req.method === 'HEAD') {
    await response.body?.cancel();
    outgoing.end();
    return;
  }
  await pipeline(
    Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]),
    outgoing,
  ).catch(
    // The visitor went away in the middle: nobody is left to tell.
    () => outgoing.destroy(),
  );
}
