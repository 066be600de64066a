import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { afterEach, expect, test, vi } from 'vitest';
import { ada, alone } from '../../test/alone.ts';
import { listen } from '../../test/listen.ts';
import type { Session } from '../session-object/session.ts';
import { latchkey as honoLatchkey, type LatchkeyEnv } from './hono.ts';
import { latchkey, upgrade } from './node.ts';

const host = 'shop.kittens.example';
const closing: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function signedIn() {
  const all = alone();
  const browser = all.browser();
  await browser.visit((session) => session.signIn(ada));
  const get = (path: string): string =>
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nCookie: ${browser.header}\r\n\r\n`;
  return { ...all, browser, get };
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** A client that has sent something; what it receives, and when its connection closes. */
function send(port: number, text: string) {
  const socket = connect(port, '127.0.0.1');
  closing.push(() => socket.destroy());
  socket.on('error', () => undefined).write(text);
  const closed = new Promise((resolve) => {
    socket.once('close', resolve);
  });
  const began = new Promise((resolve) => {
    socket.once('data', resolve);
  });
  return { socket, closed, began };
}

test('an event stream ends with its session also where the client asked on without waiting for its end', async () => {
  const { app, browser, get } = await signedIn();
  const server = createServer(
    latchkey(app)(({ url }, response) => {
      if (url !== '/events') return void response.end('plain');
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    }),
  );
  const { port, close } = await listen(server);
  closing.push(close);
  const client = send(port, get('/events') + get('/plain') + get('/plain'));
  await client.began;
  await browser.visit((session) => session.signOut());
  await client.closed;
});

test('an event stream in the answer that signs in ends with that sign-in', async () => {
  const { app, browser, store } = await signedIn();
  await browser.visit((session) => session.signOut());
  const server = createServer(
    latchkey(app)(async ({ session }, response) => {
      await session.signIn(ada);
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    }),
  );
  const { port, close } = await listen(server);
  closing.push(close);
  const client = send(port, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await client.began;
  for (const { slot } of await store.listSignIns(app.sessions.realm, ada.id, 10)) {
    await store.endSignIn(slot, 'revoked-by-administrator');
  }
  await client.closed;
});

test('what watches over a stream of Hono on Node, asked for while it runs, is let go when the visitor leaves', async () => {
  const { app, browser, get } = await signedIn();
  const signals: AbortSignal[] = [];
  const visits: { session: Session; outgoing: ServerResponse }[] = [];
  const web = new Hono<LatchkeyEnv & { Bindings: HttpBindings }>();
  web.use(honoLatchkey(app));
  web.get('/events', (c) => {
    visits.push({ session: c.get('session'), outgoing: c.env.outgoing });
    const body = new ReadableStream({
      start: (stream) => stream.enqueue(Buffer.from('data: 1\n\n')),
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  });
  const { port, close } = await listen(createAdaptorServer({ fetch: web.fetch }) as Server);
  closing.push(close);
  // The first request of a server is what the adapter learns from.
  for (const text of [get('/events'), get('/events')]) {
    const client = send(port, text);
    await client.began;
    const visit = visits.at(-1);
    if (visit === undefined) throw new Error('No request came.');
    const { signal } = visit.session;
    const left = new Promise((resolve) => {
      visit.outgoing.once('close', resolve);
    });
    client.socket.destroy();
    await left;
    signals.push(signal);
  }
  await browser.visit((session) => session.signOut());
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
});

test('an answer that is done is kept by nobody, though its connection stays open', async () => {
  const { app, get } = await signedIn();
  const answers: WeakRef<ServerResponse>[] = [];
  const server = createServer(
    latchkey(app)(({ session }, response) => {
      answers.push(new WeakRef(response));
      response.end(session.account?.email);
    }),
  );
  const { port, close } = await listen(server);
  closing.push(close);
  const client = send(port, get('/'));
  await client.began;
  // What a task looked at is kept to its end.
  await new Promise(setImmediate);
  collectGarbage();
  expect(answers.map((answer) => answer.deref())).toEqual([undefined]);
});

test('a socket whose visitor left while the session was opened is not handed on', async () => {
  const { app, browser, store } = await signedIn();
  const listener = vi.fn();
  const server = createServer();
  let goOn = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const { read } = store;
  vi.spyOn(store, 'read').mockImplementation(async (key) => {
    await held;
    return read.call(store, key);
  });
  const sockets: Duplex[] = [];
  const handle = upgrade(app)(listener);
  server.on('upgrade', (incoming, socket, head) => {
    sockets.push(socket);
    handle(incoming, socket, head);
  });
  const { port, close } = await listen(server);
  closing.push(close);
  const asked = once(server, 'upgrade');
  const headers = `Host: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nCookie: ${browser.header}`;
  const client = send(port, `GET / HTTP/1.1\r\n${headers}\r\n\r\n`);
  await asked;
  // An upgraded socket that nobody reads hears of its end by an error alone.
  for (const socket of sockets) socket.destroy(new Error('reset'));
  await client.closed;
  goOn();
  await new Promise(setImmediate);
  expect(listener).not.toHaveBeenCalled();
});

test('a refused socket is closed, whether or not the client closes its side', async () => {
  const { app } = await signedIn();
  const server = createServer();
  server.on('upgrade', upgrade(app)(vi.fn()));
  const { port, close } = await listen(server);
  closing.push(close);
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  closing.push(() => client.destroy());
  const upgrading = once(server, 'upgrade');
  client.on('data', () => undefined);
  client.write(
    'GET / HTTP/1.1\r\nHost: other.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  );
  const [, socket] = (await upgrading) as [unknown, Duplex];
  if (!socket.destroyed) await once(socket, 'close');
  expect(client.destroyed).toBe(false);
});
