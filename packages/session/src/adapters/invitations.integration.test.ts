import { createServer, type Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { createHttpVisitor, type HttpVisitor, type ListeningServer } from '@latchkey/testkit';
import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listen } from '../../test/listen.ts';
import { ada, secret } from '../../test/two-peers.ts';
import { type AppAlone, createAppAlone } from '../app/app-alone.ts';
import { createMemoryStore } from '../store/memory.ts';
import { latchkey as onExpress } from './express.ts';
import { latchkey as onFastify } from './fastify.ts';
import { type LatchkeyEnv, latchkey as onHono } from './hono.ts';
import { latchkey as onKoa } from './koa.ts';
import { mount, latchkey as onNode } from './node.ts';
import { latchkey as onWeb } from './web.ts';

const shop = 'https://shop.example';
const toys = 'https://toys.example';

/** `/enter` signs in; `/go…` redirects to the toys as the framework does it; `/who?x=1` says who is there, and by which URL. */
const makers: Readonly<Record<string, (app: AppAlone) => Server | Promise<Server>>> = {
  'node:http, by writeHead'(app) {
    return createServer(
      onNode(app)(async (request, response) => {
        if (request.url === '/enter') await request.session.signIn(ada);
        if (request.url?.startsWith('/go') === true) {
          app.handshake.propagate(request, 'toys');
          response.writeHead(302, ['Location', target(request.url), 'X-Kept', 'yes']).end();
        } else response.end(words(request.session.account?.name, request.url));
      }),
    );
  },
  'node:http, by setHeader'(app) {
    return createServer(
      onNode(app)(async (request, response) => {
        if (request.url === '/enter') await request.session.signIn(ada);
        if (request.url?.startsWith('/go') === true) {
          app.handshake.propagate(request, 'toys');
          request.session.data['went'] = true;
          response.statusCode = 303;
          response.setHeader('location', target(request.url));
          response.setHeader('x-kept', 'yes');
          response.setHeader('cache-control', 'public, max-age=60');
          response.end();
        } else response.end(words(request.session.account?.name, request.url));
      }),
    );
  },
  Express(app) {
    const made = express();
    made.use(onExpress(app));
    made.get('/enter', async (request, response) => {
      await request.session.signIn(ada);
      response.send('ok');
    });
    made.get('/go', (request, response) => {
      app.handshake.propagate(request, 'toys');
      response.set('x-kept', 'yes').redirect(target(request.originalUrl));
    });
    made.use((request, response) => {
      response.send(words(request.session.account?.name, request.originalUrl));
    });
    return createServer(made);
  },
  async Fastify(app) {
    const made = fastify();
    await made.register(onFastify(app));
    made.get('/enter', async (request) => {
      await request.session.signIn(ada);
      return 'ok';
    });
    made.get('/go', (request, reply) => {
      app.handshake.propagate(request, 'toys');
      return reply.header('x-kept', 'yes').redirect(target(request.originalUrl), 307);
    });
    made.get('/*', (request) => words(request.session.account?.name, request.originalUrl));
    await made.ready();
    return made.server;
  },
  Koa(app) {
    const made = new Koa();
    made.use(onKoa(app));
    made.use(async (ctx) => {
      if (ctx.path === '/enter') await ctx.session.signIn(ada);
      if (ctx.path === '/go') {
        app.handshake.propagate(ctx, 'toys');
        ctx.set('x-kept', 'yes');
        ctx.redirect(target(ctx.originalUrl));
      } else ctx.body = words(ctx.session.account?.name, ctx.originalUrl);
    });
    return createServer(made.callback());
  },
  Hono(app) {
    const made = new Hono<LatchkeyEnv>();
    made.use(onHono(app));
    made.get('/enter', async (c) => {
      await c.get('session').signIn(ada);
      return c.text('ok');
    });
    made.get('/go', (c) => {
      const sent = { session: c.get('session'), url: c.req.url, headers: c.req.raw.headers };
      app.handshake.propagate(sent, 'toys');
      c.header('x-kept', 'yes');
      return c.redirect(target(c.req.url), 301);
    });
    made.get('/*', (c) => {
      const { pathname, search } = new URL(c.req.url);
      return c.text(words(c.get('session').account?.name, `${pathname}${search}`));
    });
    return createAdaptorServer(made) as Server;
  },
  'a web handler'(app) {
    const handler = onWeb(app)(async (request, session) => {
      const { pathname, search } = new URL(request.url);
      if (pathname === '/enter') await session.signIn(ada);
      if (pathname !== '/go')
        return new Response(words(session.account?.name, `${pathname}${search}`));
      app.handshake.propagate({ session, url: request.url, headers: request.headers }, 'toys');
      const headers = { location: target(request.url), 'x-kept': 'yes' };
      return new Response(null, { status: 302, headers });
    });
    return createServer(mount(handler, app.origin));
  },
};

function target(url: string): string {
  return new URL(url, shop).searchParams.get('to') ?? '';
}

function words(name: string | undefined, url: string | undefined): string {
  return `${name ?? 'nobody'} at ${url}`;
}

interface Running {
  readonly atShop: HttpVisitor;
  readonly atToys: HttpVisitor;
}

async function start(make: (app: AppAlone) => Server | Promise<Server>): Promise<Running> {
  const common = { store: createMemoryStore(), secrets: [secret] };
  const apps = [
    createAppAlone({
      ...common,
      origin: shop,
      handshake: { name: 'shop', peers: { toys: { origin: toys } } },
    }),
    createAppAlone({
      ...common,
      origin: toys,
      handshake: { name: 'toys', peers: { shop: { origin: shop } } },
    }),
  ];
  const servers: ListeningServer[] = [];
  for (const app of apps) servers.push(await listen(await make(app)));
  onTestFinished(async () => {
    for (const server of servers) await server.close();
  });
  const [shopPort = 0, toysPort = 0] = servers.map(({ port }) => port);
  return {
    atShop: createHttpVisitor(shopPort, 'shop.example'),
    atToys: createHttpVisitor(toysPort, 'toys.example'),
  };
}

/** Asks for URLs of both apps and follows redirects; the last answer and its URL. */
async function follow(
  { atShop, atToys }: Running,
  first: string,
): Promise<readonly [string, string]> {
  let url = new URL(first);
  for (let hop = 0; hop < 6; hop += 1) {
    const visitor = url.origin === shop ? atShop : atToys;
    const { headers, text } = await visitor.ask(`${url.pathname}${url.search}`);
    if (headers.location === undefined) return [url.href, text];
    url = new URL(headers.location, url);
  }
  throw new Error('Too many redirects.');
}

const go = (to: string): string => `/go?to=${encodeURIComponent(to)}`;

describe.each(Object.entries(makers))('%s', (_name, make) => {
  test('decorates the redirect of the app, keeps what else it says, and takes who arrives', async () => {
    const running = await start(make);
    await running.atShop.ask('/enter');
    const sent = await running.atShop.ask(go(`${toys}/land?x=%20&y=1#part`));
    expect(sent.headers.location).toMatch(
      /^https:\/\/toys\.example\/land\?x=%20&y=1&latchkey_invitation=shop\.[\w-]{98}#part$/,
    );
    expect(sent.headers['cache-control']).toBe('no-store');
    expect(sent.headers['x-kept']).toBe('yes');
    const arrived = await follow(running, sent.headers.location ?? '');
    expect(arrived).toEqual([`${toys}/land?x=%20&y=1`, 'Ada at /land?x=%20&y=1']);
    expect((await running.atToys.ask('/land')).text).toBe('Ada at /land');
  });

  test('leaves redirects to anywhere else, and of who is not signed in, as they are', async () => {
    const { atShop } = await start(make);
    expect((await atShop.ask(go(`${toys}/land`))).headers.location).toBe(`${toys}/land`);
    await atShop.ask('/enter');
    for (const to of ['https://evil.example/', '/land', 'https://toys.example.evil.example/']) {
      expect((await atShop.ask(go(to))).headers.location).toBe(to);
    }
  });

  test('cleans a broken parameter away and goes on, and leaves HEAD and POST to the app', async () => {
    const { atToys } = await start(make);
    for (const query of [
      'latchkey_invitation=x',
      'latchkey_invitation[]=x',
      'latchkey_invitation',
    ]) {
      const { status, headers, cookies } = await atToys.ask(`/land?a=%20&${query}&b=1`);
      expect([status, headers.location, cookies]).toEqual([303, `${toys}/land?a=%20&b=1`, []]);
      const head = await atToys.ask(`/land?${query}`, { method: 'HEAD' });
      expect(head.headers.location).toBe(undefined);
      const post = await atToys.ask(`/land?${query}`, { method: 'POST' });
      expect(post.headers.location).toBe(undefined);
    }
  });
});

test('an Express app below a mount point sends people to its own pages', async () => {
  const running = await start((app) => {
    const below = express();
    below.use(onExpress(app));
    below.get('/enter', async (request, response) => {
      await request.session.signIn(ada);
      response.send('ok');
    });
    below.use((request, response) => {
      const link = app.handshake.link(request, `${toys}/sub/land`);
      response.send(
        app.origin === shop ? link : words(request.session.account?.name, request.originalUrl),
      );
    });
    const whole = express();
    // Arrivals are at the root; pages may lie anywhere.
    whole.use('/sub', below);
    whole.use(onExpress(app));
    return createServer(whole);
  });
  await running.atShop.ask('/sub/enter');
  const { text } = await running.atShop.ask('/sub/page');
  expect(await follow(running, text)).toEqual([`${toys}/sub/land`, 'Ada at /sub/land']);
});
