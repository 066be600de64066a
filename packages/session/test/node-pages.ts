import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Session } from '../src/session/session.ts';
import {
  bigChunks,
  csrfTokens,
  endlessChunks,
  fieldsOf,
  nextTurn,
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
