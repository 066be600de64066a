import { createServer, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  type AdapterUnderTest,
  adapterContract,
  createBreakableStore,
  createHttpVisitor,
  type HttpVisitor,
  mountedHandler,
} from '@latchkey/testkit';
import Koa, { type Middleware } from 'koa';
import { afterEach, describe, expect, expectTypeOf, test } from 'vitest';
import { koaCookieForms, koaLateForms, koaRoutes } from '../../test/koa-pages.ts';
import { endlessChunks, listen, streamOf } from '../../test/listen.ts';
import { createAppAlone } from '../app/app-alone.ts';
import { defineFamily } from '../config/define-family.ts';
import { readState } from '../handshake/flow.ts';
import type { AppHandler } from '../http/http-exchange.ts';
import type { Session } from '../session-object/session.ts';
import { createMemoryStore } from '../store/memory.ts';
import { csrf, latchkey, mount, requireSignIn, sessions } from './koa.ts';

/** An app that tells nobody of its errors. */
function createApp(...middleware: Middleware[]): Koa {
  const app = new Koa();
  app.silent = true;
  for (const one of middleware) app.use(one);
  return app;
}

const adapter: AdapterUnderTest = {
  start: (handler: AppHandler) =>
    listen(createServer(createApp(latchkey(handler), koaRoutes).callback())),
  make: latchkey,
  cookieForms: Object.keys(koaCookieForms),
  lateForms: Object.keys(koaLateForms),
};

const origin = 'https://app.kittens.example';
const { host } = new URL(origin);
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Running {
  readonly visitor: HttpVisitor;
  readonly port: number;
  /** What the app's `error` event was told. */
  readonly errors: readonly Error[];
}

async function run(app: Koa): Promise<Running> {
  const errors: Error[] = [];
  app.on('error', (error: Error) => errors.push(error));
  const { port, close } = await listen(createServer(app.callback()));
  closing.push(close);
  return { visitor: createHttpVisitor(port, host), port, errors };
}

/** The family app that has no login host to talk to. */
function familyApp(): Middleware {
  const store = createMemoryStore();
  const loginHost = 'https://login.kittens.example';
  const family = defineFamily({ name: 'Kittens', loginHost, store, apps: { app: { origin } } });
  return latchkey({ family, app: 'app', appKey: 'A'.repeat(43) });
}

describe('Koa', () => {
  for (const { name, run: check } of adapterContract) test(name, () => check(adapter));
});

describe.each([
  ['at once', false],
  ['a turn later', true],
])('Koa over a store that answers %s', (_when, isSlow) => {
  const store = () => createBreakableStore(createMemoryStore(), isSlow);

  test('ctx.throw keeps status, message, headers and the session’s cookie', async () => {
    const app = createApp(sessions({ origin, store: store() }), (ctx) => {
      ctx.session.data['seen'] = true;
      ctx.cookies.set('own', '1');
      ctx.throw(409, 'Two kittens.', { headers: { 'x-why': 'kittens' } });
    });
    const { visitor } = await run(app);
    const answer = await visitor.ask('/');
    expect(answer).toMatchObject({ status: 409, text: 'Two kittens.', isWhole: true });
    expect(answer.headers['x-why']).toBe('kittens');
    expect(answer.cookies).toEqual([expect.stringMatching(/^__Host-latchkey_session=/)]);
  });

  test('what middleware in front changes after next() is saved as well', async () => {
    const handler = createAppAlone({ origin, store: store() });
    const app = createApp(
      async (ctx, next) => {
        await next();
        ctx.session.data['late'] = true;
        ctx.set('x-late', 'yes');
      },
      latchkey(handler),
      koaRoutes,
    );
    const { visitor } = await run(app);
    const { headers, cookies } = await visitor.ask('/plain');
    expect([headers['x-late'], cookies.length]).toEqual(['yes', 1]);
    expect((await visitor.ask('/read')).text).toBe('{"late":true}');
  });

  test('data that cannot be stored is told to the app once, and nothing of the answer leaves', async () => {
    const { visitor, errors } = await run(
      createApp(sessions({ origin, store: store() }), (ctx) => {
        ctx.session.data['bad'] = 1n;
        ctx.cookies.set('own', '1');
        ctx.redirect('/elsewhere');
      }),
    );
    const { status, headers, cookies } = await visitor.ask('/');
    expect([status, headers.location, cookies]).toEqual([500, undefined, []]);
    expect(errors).toMatchObject([{ code: 'session_data_invalid' }]);
  });

  test('the 503 says so in its status line, and lets go of the stream it replaces', async () => {
    const broken = store();
    broken.broken = 'writes';
    const source = streamOf(endlessChunks());
    const { port } = await run(
      createApp(sessions({ origin, store: broken }), (ctx) => {
        ctx.session.data['seen'] = true;
        ctx.body = source;
      }),
    );
    const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ port, host: '127.0.0.1', headers: { host }, agent: false }, resolve).on(
        'error',
        reject,
      );
    });
    await text(incoming);
    expect([incoming.statusCode, incoming.statusMessage]).toEqual([503, 'Service Unavailable']);
    await expect.poll(() => source.destroyed).toBe(true);
  });

  test('middleware in front has its turn with answers of Latchkey’s own', async () => {
    const seen: unknown[] = [];
    const broken = store();
    const app = createApp(
      async (ctx, next) => {
        await next();
        seen.push(`${ctx.path} ${ctx.status}`);
        ctx.set('x-front', 'yes');
      },
      sessions({ origin, store: broken }),
      koaRoutes,
    );
    const { visitor, port } = await run(app);
    await visitor.ask('/visits');
    broken.broken = 'all';
    const outage = await visitor.ask('/visits');
    const elsewhere = await createHttpVisitor(port, 'evil.example').ask('/read');
    expect(seen).toEqual(['/visits 200', '/visits 503', '/read 421']);
    expect([outage.headers['x-front'], elsewhere.headers['x-front']]).toEqual(['yes', 'yes']);
  });
});

describe('Koa apart from the contract', () => {
  test('a protected page below a mount point comes back to the whole path', async () => {
    const below: Middleware = async (ctx, next) => {
      ctx.path = ctx.path.replace('/below', '');
      await next();
    };
    const { visitor } = await run(createApp(familyApp(), below, koaRoutes));
    const { headers } = await visitor.ask('/below/private?x=1');
    const hop = new URL(headers.location ?? '');
    expect(readState(hop.searchParams.get('state') ?? '')?.returnPath).toBe('/below/private?x=1');
  });

  test('a hop keeps cookies that were set before it', async () => {
    const cookie: Middleware = async (ctx, next) => {
      ctx.cookies.set('own', '1');
      await next();
    };
    const { visitor } = await run(createApp(cookie, familyApp(), koaRoutes));
    for (const path of ['/private', '/sign-in']) {
      const { status, cookies } = await visitor.ask(path);
      const names = cookies.map((line) => line.split('=')[0]);
      const flow = expect.stringMatching(/^__Host-latchkey_flow_app/) as string;
      expect([path, status, ...names]).toEqual([path, 303, 'own', flow]);
    }
  });

  test('a mounted answer leaves as it was made', async () => {
    const answers: readonly Response[] = [
      new Response(null),
      new Response(null, { status: 204 }),
      new Response(null, { status: 304, headers: { etag: '"x"' } }),
      new Response(Buffer.from('bytes'), { status: 201, headers: { 'x-a': '1' } }),
      Response.json({ a: 1 }, { status: 422 }),
      Response.redirect(`${origin}/x`, 307),
    ];
    const waiting = [...answers];
    const made = mount(() => (waiting.shift() as Response).clone(), origin);
    const { visitor } = await run(createApp(made));
    for (const answer of answers) {
      const { status, headers, text: body } = await visitor.ask('/');
      expect(status).toBe(answer.status);
      expect(headers).toMatchObject(Object.fromEntries(answer.headers));
      expect(headers['content-type'] ?? null).toBe(answer.headers.get('content-type'));
      expect(body).toBe(await answer.text());
    }
  });

  test('an answer that breaks off after it began is cut, not left open', async () => {
    const store = createBreakableStore(createMemoryStore(), true);
    const { visitor, errors } = await run(
      createApp(sessions({ origin, store }), (ctx) => {
        ctx.respond = false;
        ctx.session.data['seen'] = true;
        ctx.res.write('a');
        ctx.res.write({} as unknown as string);
      }),
    );
    await expect(visitor.ask('/')).rejects.toThrow('socket hang up');
    expect(errors).toMatchObject([{ code: 'ERR_INVALID_ARG_TYPE' }]);
  });

  test.each([
    ['requireSignIn', requireSignIn()],
    ['csrf', csrf()],
  ])('%s before latchkey says what is wrong', async (_name, tooEarly) => {
    const { visitor, errors } = await run(createApp(tooEarly));
    expect((await visitor.ask('/')).status).toBe(500);
    expect(errors).toMatchObject([
      { message: expect.stringContaining('put latchkey(...) first') as string },
    ]);
  });

  test('the session is typed, beside an app’s own state and context', () => {
    const store = createMemoryStore();
    new Koa().use(sessions({ origin, store })).use((ctx) => {
      expectTypeOf(ctx.session).toEqualTypeOf<Session>();
    });
    new Koa<{ user: string }, { log(line: string): void }>()
      .use(sessions({ origin, store }))
      .use(requireSignIn())
      .use(mount(mountedHandler, origin))
      .use((ctx) => {
        expectTypeOf(ctx.session).toEqualTypeOf<Session>();
        expectTypeOf(ctx.state.user).toEqualTypeOf<string>();
        expectTypeOf(ctx.log).toEqualTypeOf<(line: string) => void>();
      });
  });
});
