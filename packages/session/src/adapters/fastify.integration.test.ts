import {
  type AdapterUnderTest,
  adapterContract,
  contractOrigin,
  createBreakableStore,
  createHttpVisitor,
  mountedHandler,
  trustedOrigin,
} from '@latchkey/testkit';
import Fastify, { type FastifyInstance, type RouteHandler } from 'fastify';
import { describe, expect, test } from 'vitest';
import {
  askedCaching,
  beginCall,
  bigChunks,
  csrfTokens,
  endlessChunks,
  eventStream,
  fieldsOf,
  headersPage,
  late,
  listen,
  nextTurn,
  sessionCalls,
  streamOf,
  threeChunks,
} from '../../test/listen.ts';
import { nodeCookieForms, nodeLateForms, ownCookies } from '../../test/node-pages.ts';
import type { AppHandler } from '../http/http-exchange.ts';
import { createMemoryStore } from '../store/memory.ts';
import { csrf, latchkey, mount, requireSignIn, sessions } from './fastify.ts';

/** Fastify's own ways, and those of node:http for answers that Fastify leaves to the app. */
const cookieForms: Readonly<Record<string, RouteHandler>> = {
  ...Object.fromEntries(
    Object.entries(nodeCookieForms).map(([form, send]): [string, RouteHandler] => [
      form,
      (_request, reply) => {
        reply.hijack();
        send(reply.raw);
      },
    ]),
  ),
  'reply-header-array': async (_request, reply) => {
    reply.header('set-cookie', [...ownCookies]);
    return 'ok';
  },
  'reply-header-twice': (_request, reply) => {
    for (const line of ownCookies) reply.header('Set-Cookie', line);
    reply.send('ok');
  },
  'reply-headers': (_request, reply) => {
    reply.headers({ 'set-cookie': [...ownCookies] }).send('ok');
  },
  'raw-set-header': async (_request, reply) => {
    reply.raw.setHeader('set-cookie', [...ownCookies]);
    return 'ok';
  },
};

const lateForms: Readonly<Record<string, RouteHandler>> = {
  ...Object.fromEntries(
    Object.entries(nodeLateForms).map(([form, send]): [string, RouteHandler] => [
      form,
      (request, reply) => {
        reply.hijack();
        send(reply.raw, request.session);
      },
    ]),
  ),
  'reply-send': (request, reply) => void reply.send(late(request.session)),
  'reply-header': (request, reply) =>
    void reply.header('x-late', late(request.session)).send('late'),
  return: async ({ session }) => late(session),
};

function addPages(app: FastifyInstance): void {
  for (const [form, page] of Object.entries(lateForms)) app.get(`/late/${form}`, page);
  for (const call of sessionCalls) {
    app.get(`/unawaited/${call}`, async ({ session }) => {
      beginCall(session, call);
      return 'ok';
    });
  }
  app.get('/headers', async ({ session, url }, reply) => {
    const { status, headers } = headersPage(session, url);
    return reply
      .code(status)
      .headers(Object.fromEntries(headers))
      .send(status === 304 ? undefined : 'ok');
  });
  app.get('/plain', async () => 'plain');
  app.get('/visits', async ({ session }) => {
    session.data['visits'] = Number(session.data['visits'] ?? 0) + 1;
    return { ...session.data };
  });
  app.get('/read', async ({ session }) => ({ ...session.data }));
  app.post<{ Querystring: { key: string; value: string } }>('/write', async (request, reply) => {
    request.session.data[request.query.key] = request.query.value;
    return reply.redirect('/read', 303);
  });
  app.get<{ Params: { form: string } }>('/cookies/:form', async function send(request, reply) {
    request.session.data['seen'] = true;
    return cookieForms[request.params.form]?.call(this, request, reply);
  });
  app.get('/csrf', async ({ session }) => csrfTokens(session));
  const guards = {
    '/guarded': csrf({ trustedOrigins: [trustedOrigin] }),
    '/guarded-always': csrf({ tokens: 'always' }),
  };
  for (const [path, preHandler] of Object.entries(guards)) {
    app.get(path, { preHandler }, async () => ({}));
    app.post(path, { preHandler }, async ({ session, body }) => {
      session.data['guarded'] = true;
      return body;
    });
  }
  app.get('/stream', async ({ session }, reply) => {
    session.data['streamed'] = true;
    return reply.send(streamOf(threeChunks()));
  });
  app.get('/big', async ({ session }, reply) => {
    session.data['big'] = true;
    return reply.send(streamOf(bigChunks()));
  });
  app.get('/endless', async ({ session }, reply) => {
    session.data['endless'] = true;
    return reply.send(streamOf(endlessChunks()));
  });
  app.get('/events', async (_request, reply) =>
    reply.type('text/event-stream').send(eventStream()),
  );
  app.get('/early', async ({ session }, reply) => {
    session.data['early'] = true;
    reply.hijack();
    reply.raw.writeHead(201, { 'x-early': 'yes' });
    reply.raw.flushHeaders();
    await nextTurn();
    reply.raw.end('early');
  });
  app.get('/empty', async ({ session }, reply) => {
    session.data['empty'] = true;
    return reply.code(204).send();
  });
  app.get('/throw', ({ session }) => {
    session.data['thrown'] = true;
    throw new Error('broken page');
  });
  app.get('/reject', async ({ session }) => {
    session.data['rejected'] = true;
    await nextTurn();
    throw new Error('broken page');
  });
  app.get('/unstorable', async ({ session }) => {
    session.data['bad'] = 1n;
    return 'ok';
  });
  app.get('/private', { onRequest: requireSignIn() }, async ({ url }, reply) => {
    const caching = askedCaching(url);
    if (caching !== null) reply.header('Cache-Control', caching);
    return 'private';
  });
  app.post('/echo', async ({ session, body }) => {
    session.data['echoed'] = true;
    return body;
  });
}

const adapter: AdapterUnderTest = {
  make: latchkey,
  async start(handler: AppHandler) {
    const app = Fastify();
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => done(null, fieldsOf(String(body))),
    );
    await app.register(latchkey(handler));
    addPages(app);
    await app.register(mount(mountedHandler, contractOrigin), { prefix: '/mounted' });
    await app.ready();
    const server = await listen(app.server);
    return {
      port: server.port,
      async close() {
        await server.close();
        await app.close();
      },
    };
  },
  cookieForms: Object.keys(cookieForms),
  lateForms: Object.keys(lateForms),
};

describe('Fastify', () => {
  for (const { name, run } of adapterContract) test(name, () => run(adapter));

  const origin = 'https://app.kittens.example';
  const headers = { host: 'app.kittens.example' };

  test('a handler that calls reply.send without returning it answers once and whole', async () => {
    const app = Fastify();
    await app.register(
      sessions({ origin, store: createBreakableStore(createMemoryStore(), true) }),
    );
    app.get('/', async ({ session }, reply) => {
      session.data['seen'] = true;
      reply.send('whole');
    });
    await app.ready();
    const { port, close } = await listen(app.server);
    const answer = await createHttpVisitor(port, headers.host).ask('/');
    await close();
    expect(answer).toMatchObject({ status: 200, text: 'whole', isWhole: true });
    expect(answer.cookies).toHaveLength(1);
  });

  test('works with inject, as apps test themselves', async () => {
    const app = Fastify();
    await app.register(sessions({ origin, store: createMemoryStore() }));
    app.get('/', async ({ session }) => {
      session.data['visits'] = Number(session.data['visits'] ?? 0) + 1;
      return session.data;
    });
    const first = await app.inject({ url: '/', headers });
    const [cookie = ''] = String(first.headers['set-cookie']).split(';');
    const second = await app.inject({ url: '/', headers: { ...headers, cookie } });
    expect([first.json(), second.json()]).toEqual([{ visits: 1 }, { visits: 2 }]);
    expect((await app.inject({ url: '/' })).statusCode).toBe(421);
  });

  test('runs the app’s own hooks for its answers, and for those instead of them', async () => {
    const store = createBreakableStore(createMemoryStore(), true);
    const app = Fastify();
    const seen: number[] = [];
    app.addHook('onResponse', async (_request, reply) => void seen.push(reply.statusCode));
    await app.register(sessions({ origin, store }));
    app.get('/', async ({ session }) => {
      session.data['seen'] = true;
      return 'ok';
    });
    expect((await app.inject({ url: '/', headers })).statusCode).toBe(200);
    store.broken = 'all';
    expect((await app.inject({ url: '/', headers })).statusCode).toBe(503);
    expect(seen).toEqual([200, 503]);
  });

  test.each([
    ['requireSignIn', { onRequest: requireSignIn() }],
    ['csrf', { preHandler: csrf() }],
  ])('%s without latchkey says what is wrong', async (_name, hooks) => {
    const app = Fastify();
    app.get('/', hooks, async () => 'private');
    const { statusCode, body } = await app.inject({ url: '/' });
    expect([statusCode, body]).toEqual([500, expect.stringContaining('latchkey()')]);
  });

  test('csrf() as a hook of the whole app guards every route of it', async () => {
    const app = Fastify();
    await app.register(sessions({ origin, store: createMemoryStore() }));
    app.addHook('preHandler', csrf());
    app.get('/', async ({ session }) => session.csrfToken());
    app.route({ method: ['POST', 'PUT', 'DELETE'], url: '/', handler: async () => 'done' });
    const ask = async (method: 'POST' | 'PUT' | 'DELETE', more: object): Promise<number> =>
      (await app.inject({ url: '/', method, headers: { ...headers, ...more } })).statusCode;
    const first = await app.inject({ url: '/', headers });
    const [cookie = ''] = String(first.headers['set-cookie']).split(';');
    for (const method of ['POST', 'PUT', 'DELETE'] as const) {
      expect(await ask(method, { 'sec-fetch-site': 'cross-site' })).toBe(403);
      expect(await ask(method, {})).toBe(403);
      expect(await ask(method, { cookie, 'x-csrf-token': first.body })).toBe(200);
    }
  });
});
