import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Session } from '../src/session-object/session.ts';
import {
  beginCall,
  bigChunks,
  csrfTokens,
  endlessChunks,
  fieldsOf,
  headersPage,
  late,
  nextTurn,
  sessionCalls,
  streamOf,
  threeChunks,
} from './listen.ts';

type Page = (response: ServerResponse, session: Session, request: IncomingMessage) => unknown;

/** Two cookies of an app, as `Set-Cookie` lines. */
export const ownCookies: readonly [string, string] = ['own=1; Path=/', 'more=2; Path=/'];
const [own, more] = ownCookies;

/** The ways in which an app on node:http can set cookies. */
export const nodeCookieForms: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'set-header': (response) => {
    response.setHeader('Set-Cookie', [own, more]);
    response.end('ok');
  },
  'set-header-and-append': (response) => {
    response.setHeader('set-cookie', own);
    response.appendHeader('Set-Cookie', more);
    response.write('o');
    response.end('k');
  },
  'set-headers': (response) => {
    response.setHeaders(new Map([['set-cookie', [own, more]]]));
    response.end('ok');
  },
  'write-head-object': (response) => {
    response.writeHead(200, { 'Set-Cookie': [own, more], 'x-other': 'y' }).end('ok');
  },
  'write-head-message': (response) => {
    response.writeHead(200, 'Fine', { 'Set-Cookie': [own, more] }).end('ok');
  },
  'write-head-flat': (response) => {
    response.writeHead(200, ['Set-Cookie', own, 'x-other', 'y', 'Set-Cookie', more]);
    response.end('ok');
  },
  'write-head-flat-array': (response) => {
    response.writeHead(200, ['Set-Cookie', [own, more], 'x-other', 'y']).end('ok');
  },
  'write-head-pairs': (response) => {
    // Node takes it, its types do not.
    const pairs = [
      ['Set-Cookie', own],
      ['set-cookie', more],
    ] as unknown as string[];
    response.writeHead(200, pairs).end('ok');
  },
  'set-header-then-write-head': (response) => {
    response.setHeader('Set-Cookie', own);
    response.writeHead(200, { 'set-cookie': more, 'x-other': 'y' });
    response.end('ok');
  },
  'set-header-then-write-head-flat': (response) => {
    response.setHeader('Set-Cookie', own);
    response.writeHead(200, ['Set-Cookie', more]);
    response.end('ok');
  },
};

/** The ways in which an argument of the call that answers can touch the session, on node:http. */
export const nodeLateForms: Readonly<
  Record<string, (response: ServerResponse, session: Session) => unknown>
> = {
  end: (response, session) => response.end(late(session)),
  'end-with-encoding': (response, session) => response.end(late(session), 'latin1'),
  'end-bound': (response, session) => {
    const end = response.end.bind(response) as (chunk: string) => unknown;
    end(late(session));
  },
  'end-taken': (response, session) => {
    const { end } = response;
    Reflect.apply(end, response, [late(session)]);
  },
  write: (response, session) => {
    response.write(late(session));
    response.end();
  },
  'write-taken': (response, session) => {
    const { write, end } = response;
    Reflect.apply(write, response, [late(session)]);
    Reflect.apply(end, response, []);
  },
  'write-head': (response, session) => {
    response.writeHead(200, { 'x-late': late(session) });
    response.end('late');
  },
  'write-head-message': (response, session) =>
    response.writeHead(200, 'Fine', { 'x-late': late(session) }).end('late'),
  'write-head-list': (response, session) =>
    response.writeHead(200, ['x-late', late(session)]).end('late'),
  'write-head-taken': (response, session) => {
    const { writeHead } = response;
    Reflect.apply(writeHead, response, [200, { 'x-late': late(session) }]);
    response.end('late');
  },
  'set-header': (response, session) => response.setHeader('x-late', late(session)).end('late'),
  'flush-headers': (response, session) => {
    const flush = response.flushHeaders.bind(response);
    late(session);
    flush();
    response.end('late');
  },
};

function pagesOf<Form>(
  path: string,
  forms: Readonly<Record<string, Form>>,
  page: (form: Form) => Page,
): Record<string, Page> {
  return Object.fromEntries(
    Object.entries(forms).map(([name, form]) => [`${path}${name}`, page(form)]),
  );
}

function sendText(response: ServerResponse, body: string): void {
  response.setHeader('content-type', 'text/plain');
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

/** The pages of the adapter contract for node:http, by path; see `pages.md` there. */
export const nodePages: Readonly<Record<string, Page>> = {
  '/plain': (response) => sendText(response, 'plain'),
  '/visits': (response, { data }) => {
    data['visits'] = Number(data['visits'] ?? 0) + 1;
    sendJson(response, data);
  },
  '/read': (response, { data }) => sendJson(response, data),
  '/write': (response, { data }, request) => {
    const query = new URL(request.url ?? '/', 'http://x').searchParams;
    data[query.get('key') ?? ''] = query.get('value');
    response.writeHead(303, { location: '/read' }).end();
  },
  ...pagesOf('/late/', nodeLateForms, (form) => (response, session) => form(response, session)),
  '/headers': (response, session, request) => {
    const { status, headers } = headersPage(session, request.url ?? '/');
    response.statusCode = status;
    for (const [name, value] of headers) response.setHeader(name, value);
    if (status === 304) response.end();
    else sendText(response, 'ok');
  },
  ...Object.fromEntries(
    sessionCalls.map((call): [string, Page] => [
      `/unawaited/${call}`,
      (response, session) => {
        beginCall(session, call);
        sendText(response, 'ok');
      },
    ]),
  ),
  '/csrf': (response, session) => sendJson(response, csrfTokens(session)),
  '/stream': async (response, { data }) => {
    data['streamed'] = true;
    for await (const chunk of threeChunks()) response.write(chunk);
    response.end();
  },
  '/big': (response, { data }) => {
    data['big'] = true;
    pipeline(streamOf(bigChunks()), response, () => undefined);
  },
  '/endless': (response, { data }) => {
    data['endless'] = true;
    pipeline(streamOf(endlessChunks()), response, () => undefined);
  },
  '/events': (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
  },
  '/early': async (response, { data }) => {
    data['early'] = true;
    response.statusCode = 201;
    response.setHeader('x-early', 'yes');
    response.flushHeaders();
    await nextTurn();
    response.end('early');
  },
  '/empty': (response, { data }) => {
    data['empty'] = true;
    response.statusCode = 204;
    response.end();
  },
  '/throw': (_response, { data }) => {
    data['thrown'] = true;
    throw new Error('broken page');
  },
  '/reject': async (_response, { data }) => {
    data['rejected'] = true;
    await nextTurn();
    throw new Error('broken page');
  },
  '/unstorable': (response, { data }) => {
    data['bad'] = 1n;
    sendText(response, 'ok');
  },
  '/echo': async (response, { data }, request) => {
    data['echoed'] = true;
    sendJson(response, fieldsOf(await text(request)));
  },
};
