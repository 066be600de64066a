import { createServer } from 'node:http';
import {
  type AdapterUnderTest,
  adapterContract,
  contractOrigin,
  createBreakableStore,
  createHttpVisitor,
  mountedHandler,
  trustedOrigin,
} from '@latchkey/testkit';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { describe, expect, test } from 'vitest';
import { askedCaching, late, listen } from '../../test/listen.ts';
import { nodeCookieForms, nodeLateForms, nodePages, ownCookies } from '../../test/node-pages.ts';
import { defineFamily } from '../config/define-family.ts';
import { readState } from '../handshake/flow.ts';
import type { AppHandler } from '../http/http-exchange.ts';
import { createMemoryStore } from '../store/memory.ts';
import { csrf, latchkey, mount, requireSignIn, sessions } from './express.ts';

/** What Express has beyond node:http for setting cookies. */
const cookieForms: Readonly<Record<string, RequestHandler>> = {
  ...Object.fromEntries(
    Object.entries(nodeCookieForms).map(([form, send]): [string, RequestHandler] => [
      form,
      (_request, response) => send(response),
    ]),
  ),
  'response-cookie': (_request, response) => {
    response.cookie('own', '1').cookie('more', '2').send('ok');
  },
  'response-append': (_request, response) => {
    response.append('Set-Cookie', ownCookies[0]).append('Set-Cookie', ownCookies[1]).send('ok');
  },
};

/** What Express has beyond node:http for answering. */
const lateForms: Readonly<Record<string, RequestHandler>> = {
  send: ({ session }, response) => void response.send(late(session)),
  'type-and-send': ({ session }, response) => void response.type('text').send(late(session)),
  'send-bound': (request, response) => {
    const send = response.send.bind(response);
    send(late(request.session));
  },
};

// biome-ignore lint/complexity/useMaxParams: Express knows error handlers by their four parameters.
const quietly: ErrorRequestHandler = (_error, _request, response, next) => {
  if (response.headersSent) next(_error);
  else response.status(500).send('Something broke.');
};

const guards: Readonly<Record<string, RequestHandler>> = {
  '/guarded': csrf({ trustedOrigins: [trustedOrigin] }),
  '/guarded-always': csrf({ tokens: 'always' }),
};

function createApp(handler: AppHandler): express.Express {
  const app = express();
  app.use(latchkey(handler));
  app.get('/private', requireSignIn(), (request, response) => {
    const caching = askedCaching(request.url);
    if (caching !== null) response.set('Cache-Control', caching);
    response.send('private');
  });
  for (const [form, page] of Object.entries(lateForms)) app.get(`/late/${form}`, page);
  app.all('/mounted', mount(mountedHandler, contractOrigin));
  app.get('/cookies/:form', (request, response, next) => {
    request.session.data['seen'] = true;
    return cookieForms[request.params.form]?.(request, response, next);
  });
  // As Express apps do these, where they do them otherwise than node:http.
  app.get('/read', (request, response) => void response.json(request.session.data));
  app.post('/write', (request, response) => {
    request.session.data[String(request.query['key'])] = request.query['value'];
    response.redirect(303, '/read');
  });
  app.post('/echo', express.urlencoded({ extended: false }), (request, response) => {
    request.session.data['echoed'] = true;
    response.json(request.body);
  });
  for (const [path, guard] of Object.entries(guards)) {
    app.all(path, express.urlencoded({ extended: false }), guard, (request, response) => {
      if (request.method === 'POST') request.session.data['guarded'] = true;
      response.json({ ...request.body });
    });
  }
  for (const [path, page] of Object.entries(nodePages)) {
    app.all(path, (request, response) => page(response, request.session, request) as Promise<void>);
  }
  app.use(quietly);
  return app;
}

const adapter: AdapterUnderTest = {
  start: (handler) => listen(createServer(createApp(handler))),
  make: latchkey,
  cookieForms: Object.keys(cookieForms),
  lateForms: [...Object.keys(nodeLateForms), ...Object.keys(lateForms)],
};

describe('Express', () => {
  for (const { name, run } of adapterContract) test(name, () => run(adapter));

  test('a second send throws as Express’ own does, and the first one arrives', async () => {
    const app = express();
    const store = createBreakableStore(createMemoryStore(), true);
    app.use(sessions({ origin: contractOrigin, store }));
    const thrown: unknown[] = [];
    app.get('/', ({ session }, response) => {
      session.data['n'] = 1;
      for (const text of ['first', 'second']) {
        try {
          response.send(text);
        } catch (error) {
          thrown.push(error);
        }
      }
    });
    const { port, close } = await listen(createServer(app));
    const answer = await createHttpVisitor(port, new URL(contractOrigin).host).ask('/');
    await close();
    expect(thrown).toMatchObject([{ code: 'ERR_HTTP_HEADERS_SENT' }]);
    expect(answer).toMatchObject({ status: 200, text: 'first', isWhole: true });
    expect(answer.cookies).toHaveLength(1);
  });

  test('below a mounted app, and through two of our middlewares, an answer is whole', async () => {
    const app = express();
    const below = express();
    const other = { key: 'other' };
    app.use(sessions({ origin: contractOrigin, store: createMemoryStore() }));
    app.use(
      '/below',
      sessions({ origin: contractOrigin, store: createMemoryStore(), cookie: other }),
    );
    app.use('/below', below);
    below.get('/', (request, response) => void response.end(late(request.session)));
    const { port, close } = await listen(createServer(app));
    const visitor = createHttpVisitor(port, new URL(contractOrigin).host);
    const answer = await visitor.ask('/below');
    await close();
    expect(answer).toMatchObject({ status: 200, text: 'late', isWhole: true });
    expect(answer.cookies).toEqual([expect.stringMatching(/^__Host-other=/)]);
  });

  test('a protected router below a path comes back to the whole path', async () => {
    const store = createMemoryStore();
    const origin = 'https://app.kittens.example';
    const loginHost = 'https://login.kittens.example';
    const family = defineFamily({ name: 'Kittens', loginHost, store, apps: { app: { origin } } });
    const app = express();
    app.use(latchkey({ family, app: 'app', appKey: 'A'.repeat(43) }));
    const router = express.Router();
    router.get('/private', requireSignIn(), (_request, response) => void response.send('private'));
    app.use('/below', router);
    const { port, close } = await listen(createServer(app));
    const visitor = createHttpVisitor(port, 'app.kittens.example');
    const { headers } = await visitor.ask('/below/private?x=1');
    await close();
    const hop = new URL(headers.location ?? '');
    expect(readState(hop.searchParams.get('state') ?? '')?.returnPath).toBe('/below/private?x=1');
  });

  test('csrf() below a mount point judges tokens of forms by the whole path', async () => {
    const app = express();
    app.use(sessions({ origin: contractOrigin, store: createMemoryStore() }));
    app.get('/csrf', ({ session }, response) => {
      response.send(session.csrfToken({ action: '/below/posts/7', method: 'delete' }));
    });
    const router = express.Router();
    router.use(csrf());
    router.delete('/posts/:id', (_request, response) => void response.send('gone'));
    app.use('/below', router);
    const { port, close } = await listen(createServer(app));
    const visitor = createHttpVisitor(port, 'app.kittens.example');
    const token = (await visitor.ask('/csrf')).text;
    const question = { method: 'DELETE', headers: { 'x-csrf-token': token } };
    const answers = [
      await visitor.ask('/below/posts/7?x=1', question),
      await visitor.ask('/below/posts/8', question),
    ];
    await close();
    expect(answers.map(({ status }) => status)).toEqual([200, 403]);
  });

  test.each([
    ['requireSignIn', requireSignIn()],
    ['csrf', csrf()],
  ])('%s before latchkey says what is wrong', async (_name, tooEarly) => {
    const app = express();
    app.get('/private', tooEarly, (_request, response) => void response.send('private'));
    const told: string[] = [];
    // biome-ignore lint/complexity/useMaxParams: Express knows error handlers by their four parameters.
    const note: ErrorRequestHandler = (error: Error, _request, response, _next) => {
      told.push(error.message);
      response.status(500).end();
    };
    app.use(note);
    const { port, close } = await listen(createServer(app));
    const { status } = await createHttpVisitor(port, 'x').ask('/private');
    await close();
    expect([status, ...told]).toEqual([500, expect.stringContaining('put latchkey(...) first')]);
  });
});
