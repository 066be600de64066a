import { Readable } from 'node:stream';
import type { Session } from '../src/session-object/session.ts';
import {
  beginCall,
  bigChunks,
  csrfTokens,
  endlessChunks,
  eventStream,
  fieldsOf,
  headersPage,
  late,
  nextTurn,
  sessionCalls,
  streamOf,
  threeChunks,
} from './listen.ts';
import { ownCookies } from './node-pages.ts';

type Page = (session: Session, request: Request) => Response | Promise<Response>;

/** The ways in which a web handler can set cookies. */
export const webCookieForms: Readonly<Record<string, () => Response>> = {
  'response-headers': () =>
    new Response('ok', { headers: ownCookies.map((line) => ['set-cookie', line]) }),
  'headers-append': () => {
    const response = new Response('ok');
    for (const line of ownCookies) response.headers.append('Set-Cookie', line);
    return response;
  },
  'headers-object': () => {
    const headers = new Headers();
    for (const line of ownCookies) headers.append('set-cookie', line);
    return new Response('ok', { headers });
  },
};

/** The ways in which an argument of a response can touch the session. */
export const webLateForms: Readonly<Record<string, (session: Session) => Response>> = {
  body: (session) => new Response(late(session)),
  headers: (session) => new Response('late', { headers: { 'x-late': late(session) } }),
};

function webStream(chunks: Iterable<Buffer> | AsyncIterable<string>): Response {
  return new Response(Readable.toWeb(streamOf(chunks)) as ReadableStream);
}

/** The pages of the adapter contract for web handlers, by path; see `pages.md` there. */
export const webPages: Readonly<Record<string, Page>> = {
  '/plain': () => new Response('plain'),
  '/visits': ({ data }) => {
    data['visits'] = Number(data['visits'] ?? 0) + 1;
    return Response.json(data);
  },
  '/read': ({ data }) => Response.json(data),
  '/write': ({ data }, request) => {
    const query = new URL(request.url).searchParams;
    data[query.get('key') ?? ''] = query.get('value');
    return new Response(null, { status: 303, headers: { location: '/read' } });
  },
  ...Object.fromEntries(
    Object.entries(webLateForms).map(([name, form]): [string, Page] => [`/late/${name}`, form]),
  ),
  '/headers': (session, request) => {
    const { status, headers } = headersPage(session, request.url);
    return new Response(status === 304 ? null : 'ok', { status, headers: [...headers] });
  },
  ...Object.fromEntries(
    sessionCalls.map((call): [string, Page] => [
      `/unawaited/${call}`,
      (session) => {
        beginCall(session, call);
        return new Response('ok');
      },
    ]),
  ),
  '/csrf': (session) => Response.json(csrfTokens(session)),
  '/stream': ({ data }) => {
    data['streamed'] = true;
    return webStream(threeChunks());
  },
  '/big': ({ data }) => {
    data['big'] = true;
    return webStream(bigChunks());
  },
  '/endless': ({ data }) => {
    data['endless'] = true;
    return webStream(endlessChunks());
  },
  '/events': () =>
    new Response(Readable.toWeb(eventStream()) as ReadableStream, {
      headers: { 'content-type': 'text/event-stream' },
    }),
  '/early': ({ data }) => {
    data['early'] = true;
    return new Response('early', { status: 201, headers: { 'x-early': 'yes' } });
  },
  '/empty': ({ data }) => {
    data['empty'] = true;
    return new Response(null, { status: 204 });
  },
  '/throw': ({ data }) => {
    data['thrown'] = true;
    throw new Error('broken page');
  },
  '/reject': async ({ data }) => {
    data['rejected'] = true;
    await nextTurn();
    throw new Error('broken page');
  },
  '/unstorable': ({ data }) => {
    data['bad'] = 1n;
    return new Response('ok');
  },
  '/echo': async ({ data }, request) => {
    data['echoed'] = true;
    return Response.json(fieldsOf(await request.text()));
  },
};
