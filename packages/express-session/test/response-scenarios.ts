import type { ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import type { Scenario } from './scenario.ts';

declare module '@latchkey/express-session' {
  interface SessionData {
    hits: number;
  }
}

/** A response that an app sends in its own way, with a session that changes, then one that does not. */
function sent(
  name: string,
  send: (response: ServerResponse) => void,
  steps: Scenario['steps'] = [{}, {}, { method: 'PUT' }, { method: 'HEAD' }],
): Scenario {
  const app: RequestHandler = (request, response) => {
    if (request.method !== 'PUT') request.session.hits = (request.session.hits ?? 0) + 1;
    send(response);
  };
  return { name, app, steps, options: { resave: false, cookie: { maxAge: 1_200_000 } } };
}

export const responseScenarios: readonly Scenario[] = [
  sent('nothing', (response) => void response.end()),
  sent('end(null)', (response) => void response.end(null)),
  sent('a text', (response) => void response.end('hello')),
  sent('a text in another encoding', (response) => void response.end('aGVsbG8=', 'base64')),
  sent('bytes', (response) => void response.end(Buffer.from('hello'))),
  sent('a text with its length', (response) => {
    response.setHeader('Content-Length', '5');
    response.end('hello');
  }),
  sent('nothing, with its length', (response) => {
    response.setHeader('Content-Length', '0');
    response.end();
  }),
  sent('parts', (response) => {
    response.write('hello, ');
    response.end('world');
  }),
  sent('parts with their length', (response) => {
    response.setHeader('Content-Length', '12');
    response.write('hello, ');
    response.end('world');
  }),
  sent('parts over time', (response) => {
    response.write('hello, ');
    setTimeout(() => response.end('world'), 5);
  }),
  sent(
    'headers first',
    (response) => {
      response.flushHeaders();
      setTimeout(() => response.end('hello'), 5);
    },
    // An answer to HEAD is over with its headers, before the app ends it.
    [{}, {}, { method: 'PUT' }],
  ),
  sent('status and reason', (response) => {
    response.writeHead(418, 'Short and stout', { 'X-Tea': 'yes' });
    response.end('tea');
  }),
  sent('a status alone', (response) => void response.writeHead(202).end('later')),
  sent('a status without a body', (response) => void response.writeHead(204).end()),
  sent('a redirect', (response) => void response.writeHead(303, { Location: '/next' }).end()),
  sent('a cookie set before', (response) => {
    response.setHeader('Set-Cookie', 'own=1');
    response.end('hello');
  }),
  sent('cookies set before', (response) => {
    response.setHeader('Set-Cookie', ['own=1', 'more=2']);
    response.writeHead(200).end('hello');
  }),
  sent('a cookie with the status', (response) => {
    response.writeHead(200, { 'Set-Cookie': 'own=1' }).end('hello');
  }),
  sent('a cookie before and one with the status', (response) => {
    response.setHeader('Set-Cookie', 'own=1');
    response.writeHead(200, { 'Set-Cookie': ['more=2'] }).end('hello');
  }),
  sent('a flat list of headers', (response) => {
    response.setHeader('X-Tea', 'no');
    response.writeHead(200, ['Set-Cookie', 'own=1', 'Set-Cookie', 'more=2', 'X-Tea', 'yes']);
    response.end('hello');
  }),
  sent('a status changed while headers are made', (response) => {
    const { writeHead } = response;
    response.writeHead = ((...args: Parameters<typeof writeHead>) => {
      response.setHeader('X-Wrapped', 'yes');
      return Reflect.apply(writeHead, response, args);
    }) as typeof writeHead;
    response.end('hello');
  }),
  sent('twice', (response) => {
    response.end('hello');
    response.end('again');
  }),
  sent('a header after the end', (response) => {
    response.end('hello');
    let told = 'nothing';
    try {
      response.setHeader('X-Late', '1');
    } catch (error) {
      told = (error as { code: string }).code;
    }
    if (told !== 'ERR_HTTP_HEADERS_SENT') throw new Error(told);
  }),
  sent('an error', () => {
    throw new Error('broken');
  }),
];
