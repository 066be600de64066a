import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { refusalPage } from '../answers/refusal-page.ts';
import { hasCode } from '../errors.ts';

/** The path of a request line, without query. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

/**
 * A Node request as a web request on a configured origin: the `Host` header and an absolute-form request line decide
 * nothing. Null for request lines that are no path, and for methods that web requests do not know (TRACE, CONNECT).
 */
function toWebRequest(incoming: IncomingMessage, origin: string): Request | null {
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

/** What a web handler answers, on a configured origin; 400 to a request that is none on the web. */
export async function answerBy(
  handler: (request: Request) => Response | Promise<Response>,
  origin: string,
  incoming: IncomingMessage,
): Promise<Response> {
  const request = toWebRequest(incoming, origin);
  return request === null ? new Response('Bad request.', { status: 400 }) : handler(request);
}

/** The body as a Node stream; null where there is none. */
export function nodeBody({ body }: Response): Readable | null {
  return body === null ? null : Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
}

/** Sends a web response, streaming its body; each `Set-Cookie` stays a line of its own. */
export async function sendWebResponse(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.statusCode = response.status;
  response.headers.forEach((value, name) => {
    if (name !== 'set-cookie') outgoing.setHeader(name, value);
  });
  for (const line of response.headers.getSetCookie()) outgoing.appendHeader('set-cookie', line);
  const body = outgoing.req.method === 'HEAD' ? null : nodeBody(response);
  if (body === null) {
    await response.body?.cancel();
    outgoing.end();
    return;
  }
  // The visitor went away in the middle: nobody is left to tell.
  await pipeline(body, outgoing).catch(() => outgoing.destroy());
}

/**
 * For node:http, which has no error handling of its own: a bare 500, or a 503 where a call of the app met a store that is
 * down; the cause goes to the process's error output.
 */
export function failPlainly(outgoing: ServerResponse): (error: unknown) => void {
  return (error) => {
    console.error(error);
    const isOutage = hasCode(error, 'store_unavailable');
    if (outgoing.headersSent) outgoing.destroy();
    else if (isOutage) sendWebResponse(refusalPage('unavailable'), outgoing).catch(console.error);
    else outgoing.writeHead(500, { 'content-type': 'text/plain' }).end('Internal server error.');
  };
}
