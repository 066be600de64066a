import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import fastifyWebsocket from '@fastify/websocket';
import { createAdaptorServer, upgradeWebSocket, type WebSocketServerLike } from '@hono/node-server';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { ada, alone } from '../../test/alone.ts';
import { listen } from '../../test/listen.ts';
import type { AppAlone } from '../app/app-alone.ts';
import { LatchkeyError } from '../errors.ts';
import type { OpenSession } from '../http/http-exchange.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import { latchkey as expressLatchkey } from './express.ts';
import { latchkey as fastifyLatchkey } from './fastify.ts';
import { latchkey as honoLatchkey, type LatchkeyEnv } from './hono.ts';
import { latchkey, upgrade } from './node.ts';

const host = 'shop.kittens.example';
const closing: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Each answers with who opened the socket. */
const servers: Readonly<Record<string, (app: AppAlone) => Promise<Server>>> = {
  async 'node:http'(app) {
    const server = createServer(latchkey(app)((_request, response) => void response.end()));
    upgradeBeside(server, app);
    return server;
  },
  async 'Express, beside it'(app) {
    const web = express();
    web.use(expressLatchkey(app));
    const server = createServer(web);
    upgradeBeside(server, app);
    return server;
  },
  async Fastify(app) {
    const web = Fastify();
    await web.register(fastifyWebsocket);
    await web.register(fastifyLatchkey(app));
    web.get('/socket', { websocket: true }, (socket, { session }) => {
      socket.send(session.account?.name ?? 'nobody');
    });
    await web.ready();
    closing.push(() => web.close());
    return web.server;
  },
  async Hono(app) {
    const web = new Hono<LatchkeyEnv>();
    web.use(honoLatchkey(app));
    web.get(
      '/socket',
      upgradeWebSocket((c) => {
        const name = (c as { get(key: 'session'): { account: { name: string } | null } }).get(
          'session',
        ).account?.name;
        return { onOpen: (_event, socket) => socket.send(name ?? 'nobody') };
      }),
    );
    // Its types and those of ws do not quite meet.
    const server = new WebSocketServer({ noServer: true }) as unknown as WebSocketServerLike;
    const websocket = { server };
    return createAdaptorServer({ fetch: web.fetch, websocket }) as Server;
  },
};

function upgradeBeside(server: Server, app: AppAlone): void {
  const sockets = new WebSocketServer({ noServer: true });
  server.on(
    'upgrade',
    upgrade(app)((incoming, socket, head) => {
      sockets.handleUpgrade(incoming, socket, head, (one) => {
        one.send(incoming.session.account?.name ?? 'nobody');
      });
    }),
  );
}

async function start(
  kind: string,
  app: AppAlone,
  upgraded: (socket: Duplex) => void = () => undefined,
): Promise<number> {
  const make = servers[kind];
  if (make === undefined) throw new Error(`no server ${kind}`);
  const server = await make(app);
  server.prependListener('upgrade', ({ socket }) => upgraded(socket));
  const { port, close } = await listen(server);
  closing.push(close);
  return port;
}

interface Opened {
  readonly name: string;
  readonly closed: Promise<unknown>;
  isOpen(): boolean;
  close(): void;
}

/** A socket that is open and has said who opened it. */
async function connect(port: number, cookie: string | undefined): Promise<Opened> {
  const headers = { host, ...(cookie === undefined ? {} : { cookie }) };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, { headers });
  closing.push(() => socket.terminate());
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => {
    socket.once('close', resolve);
  });
  const name = await new Promise<string>((resolve, reject) => {
    socket.once('message', (data) => resolve(String(data)));
    socket.once('close', () => reject(new Error('closed before it said anything')));
  });
  const isOpen = (): boolean => socket.readyState === WebSocket.OPEN;
  return { name, closed, isOpen, close: () => socket.terminate() };
}

describe.each(Object.keys(servers))('a WebSocket on %s', (kind) => {
  test('knows who opened it, and closes when that session ends; those of others stay', async () => {
    const all = alone();
    const port = await start(kind, all.app);
    const [hers, his] = [all.browser(), all.browser()];
    await hers.visit((session) => session.signIn(ada));
    await his.visit((session) => session.signIn({ ...ada, id: 'ben', name: 'Ben' }));
    const opened = await connect(port, hers.header);
    const [other, anonymous] = [await connect(port, his.header), await connect(port, undefined)];
    expect([opened.name, other.name, anonymous.name]).toEqual(['Ada', 'Ben', 'nobody']);
    await hers.visit((session) => session.signOut());
    await opened.closed;
    expect([other.isOpen(), anonymous.isOpen()]).toEqual([true, true]);
  });

  test('is watched no more once it is closed', async () => {
    const { app, browser } = alone();
    const visitor = browser();
    await visitor.visit((session) => session.signIn(ada));
    const sessions: SessionObject[] = [];
    const open = async (cookieHeader: string | undefined): Promise<OpenSession> => {
      const opened = await app.open(cookieHeader);
      sessions.push(opened.session);
      return opened;
    };
    const sockets: Duplex[] = [];
    const port = await start(kind, { ...app, open }, (socket) => void sockets.push(socket));
    const { close } = await connect(port, visitor.header);
    const gone = sockets.map((socket) => once(socket, 'close'));
    close();
    await Promise.all(gone);
    const signals = sessions.map(({ signal }) => signal);
    await visitor.visit((session) => session.signOut());
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  });
});

/** How an upgrade is answered when it is refused. */
function refusal(port: number, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      path: '/socket',
      headers: {
        host,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      },
    });
    outgoing.once('response', (incoming) => resolve(incoming.statusCode ?? 0));
    outgoing.once('upgrade', (incoming, socket) => {
      socket.destroy();
      resolve(incoming.statusCode ?? 0);
    });
    outgoing.once('error', reject).end();
  });
}

describe('upgrade()', () => {
  test.each([
    ['of another host', { host: 'evil.example' }, 421],
    ['by a page of another origin', { origin: 'https://evil.example' }, 403],
    ['by a page of a sibling', { origin: 'https://blog.kittens.example' }, 403],
    ['by a sandboxed page', { origin: 'null' }, 403],
    ['by an own page', { origin: `https://${host}` }, 101],
    ['by a program', {}, 101],
  ])('%s is answered as it should be', async (_what, headers, status) => {
    const { app } = alone();
    const port = await start('node:http', app);
    expect(await refusal(port, headers)).toBe(status);
  });

  test('while the store is away is a 503', async () => {
    const { app, store, browser } = alone();
    const visitor = browser();
    await visitor.visit((session) => session.signIn(ada));
    const port = await start('node:http', app);
    Object.assign(store, {
      read: () => Promise.reject(new LatchkeyError('store_unavailable', 'away')),
    });
    expect(await refusal(port, { cookie: visitor.header ?? '' })).toBe(503);
  });
});
