import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type IncomingHttpHeaders,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createBreakableStore } from '@latchkey/testkit';
import Fastify from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { ada, alone } from '../../test/alone.ts';
import { late } from '../../test/listen.ts';
import { createMemoryStore } from '../store/memory.ts';
import { latchkey as fastifyLatchkey } from './fastify.ts';
import { latchkey, type SessionListener } from './node.ts';

const host = 'shop.kittens.example';
const closing: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serve(listener: SessionListener) {
  const store = createBreakableStore(createMemoryStore(), true);
  const all = alone({ store });
  const browser = all.browser();
  await browser.visit((session) => session.signIn(ada));
  // Node's own compatibility with listeners of node:http, whose types say less than it does.
  const server = createServer(latchkey(all.app)(listener) as never);
  closing.push(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { browser, store, client: clientOf((server.address() as AddressInfo).port) };
}

function clientOf(port: number): ClientHttp2Session {
  const client = connect(`http://127.0.0.1:${port}`);
  closing.push(() => client.destroy());
  return client;
}

async function ask(client: ClientHttp2Session, headers: Record<string, string>) {
  const stream = client.request({ ':authority': host, ...headers });
  const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  return { stream, head };
}

test('over HTTP/2 the authority is the host: it opens the session, and another is refused', async () => {
  const { browser, client } = await serve(({ session }, response) => {
    session.data['n'] = 1;
    response.end(session.account?.name);
  });
  const cookie = browser.header ?? '';
  const { stream, head } = await ask(client, { cookie });
  const [name] = (await once(stream, 'data')) as [Buffer];
  expect([head[':status'], String(name)]).toEqual([200, 'Ada']);
  const elsewhere = await ask(client, { cookie, ':authority': 'other.example', host });
  expect(elsewhere.head[':status']).toBe(421);
});

test('an event stream over HTTP/2 ends with its session, and the connection stays', async () => {
  const { browser, client } = await serve(({ url }, response) => {
    if (url !== '/events') return void response.end('plain');
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
  });
  const { stream } = await ask(client, { ':path': '/events', cookie: browser.header ?? '' });
  stream.on('error', () => undefined).resume();
  const closed = new Promise((resolve) => {
    stream.once('close', resolve);
  });
  await browser.visit((session) => session.signOut());
  await closed;
  expect((await ask(client, { ':path': '/' })).head[':status']).toBe(200);
});

test('an answer over HTTP/2 is whole where its argument touches the session, and asks for no message', async () => {
  const warnings: string[] = [];
  const note = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', note);
  closing.push(() => void process.off('warning', note));
  const { browser, client } = await serve((request, response) => {
    if (request.url === '/head') response.writeHead(200, { 'x-late': late(request.session) });
    response.end(late(request.session));
  });
  for (const path of ['/', '/head']) {
    for (const cookie of ['', browser.header ?? '']) {
      const { stream, head } = await ask(client, { ':path': path, cookie });
      const [body] = (await once(stream, 'data')) as [Buffer];
      expect([path, head[':status'], String(body)]).toEqual([path, 200, 'late']);
      expect(head['set-cookie'] ?? []).toHaveLength(cookie === '' ? 1 : 0);
    }
  }
  expect(warnings).toEqual([]);
});

test('an answer over HTTP/2 is whole where a listener of its head is the first to touch the session', async () => {
  const { client } = await serve(({ session, url }, response) => {
    const { writeHead } = response;
    // As on-headers does; and once more for the answer that is done again.
    response.writeHead = ((...args: unknown[]) => {
      session.data['n'] = 1;
      response.setHeader('set-cookie', 'app=1');
      return Reflect.apply(writeHead, response, args);
    }) as typeof writeHead;
    if (url === '/written') response.write('wh');
    response.end(url === '/written' ? 'ole' : 'whole');
  });
  for (const path of ['/', '/written']) {
    const { stream, head } = await ask(client, { ':path': path });
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect([head[':status'], Buffer.concat(chunks).toString()]).toEqual([200, 'whole']);
    expect(head['set-cookie']).toHaveLength(2);
  }
});

test('over HTTP/2 a failed save keeps what the app says of every answer, without a message', async () => {
  const warnings: string[] = [];
  const note = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', note);
  closing.push(() => void process.off('warning', note));
  const { store, client } = await serve(({ session }, response) => {
    response.setHeader('x-frame-options', 'DENY');
    response.setHeader('etag', '"x"');
    session.data['n'] = 1;
    response.end('app');
  });
  store.broken = 'writes';
  const { head } = await ask(client, { ':path': '/' });
  expect([head[':status'], head['x-frame-options'], head['etag']]).toEqual([
    503,
    'DENY',
    undefined,
  ]);
  expect(warnings).toEqual([]);
});

test('Fastify over HTTP/2 opens sessions too', async () => {
  const { app, browser: make } = alone();
  const browser = make();
  await browser.visit((session) => session.signIn(ada));
  const web = Fastify({ http2: true });
  await web.register(fastifyLatchkey(app));
  web.get('/', ({ session }) => session.account?.name);
  closing.push(() => web.close());
  await web.listen({ port: 0, host: '127.0.0.1' });
  const client = clientOf((web.server.address() as AddressInfo).port);
  const { head } = await ask(client, { cookie: browser.header ?? '' });
  expect(head[':status']).toBe(200);
});
