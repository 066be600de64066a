import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import {
  type AdapterUnderTest,
  adapterContract,
  mountedHandler,
  trustedOrigin,
} from '@latchkey/testkit';
import { type Context, Hono } from 'hono';
import { stream } from 'hono/streaming';
import { describe, test } from 'vitest';
import { askedCaching, late, listen, threeChunks } from '../../test/listen.ts';
import { ownCookies } from '../../test/node-pages.ts';
import { webCookieForms, webLateForms, webPages } from '../../test/web-pages.ts';
import type { AppHandler } from '../http/http-exchange.ts';
import { csrf, type LatchkeyEnv, latchkey, mount, requireSignIn } from './hono.ts';

type Page = (c: Context<LatchkeyEnv>) => Response | Promise<Response>;

/** What Hono has beyond web responses for setting cookies. */
const cookieForms: Readonly<Record<string, Page>> = {
  ...webCookieForms,
  'context-header': (c) => {
    for (const line of ownCookies) c.header('Set-Cookie', line, { append: true });
    return c.text('ok');
  },
  'context-body-headers': (c) => c.body('ok', 200, { 'Set-Cookie': [...ownCookies] }),
};

/** What Hono has beyond web responses for answering. */
const lateForms: Readonly<Record<string, Page>> = {
  'context-text': (c) => c.text(late(c.get('session'))),
  'context-body': (c) => c.body(late(c.get('session'))),
  'context-header': (c) => {
    c.header('x-late', late(c.get('session')));
    return c.text('late');
  },
};

function createApp(handler: AppHandler): Hono<LatchkeyEnv> {
  const app = new Hono<LatchkeyEnv>();
  app.use(latchkey(handler));
  app.get('/private', requireSignIn(), (c) => {
    const caching = askedCaching(c.req.url);
    if (caching !== null) c.header('Cache-Control', caching);
    return c.text('private');
  });
  for (const [form, page] of Object.entries(lateForms)) app.get(`/late/${form}`, (c) => page(c));
  app.all('/mounted', mount(mountedHandler));
  app.get('/cookies/:form', (c) => {
    c.get('session').data['seen'] = true;
    return cookieForms[c.req.param('form')]?.(c) ?? c.notFound();
  });
  // As Hono apps do these, where they do them otherwise than web handlers.
  app.get('/read', (c) => c.json({ ...c.get('session').data }));
  app.post('/write', (c) => {
    c.get('session').data[c.req.query('key') ?? ''] = c.req.query('value');
    return c.redirect('/read', 303);
  });
  app.get('/stream', (c) => {
    c.get('session').data['streamed'] = true;
    return stream(c, async (out) => {
      for await (const chunk of threeChunks()) await out.write(chunk);
    });
  });
  app.post('/echo', async (c) => {
    c.get('session').data['echoed'] = true;
    return c.json(await c.req.parseBody());
  });
  const guards = {
    '/guarded': csrf({ trustedOrigins: [trustedOrigin] }),
    '/guarded-always': csrf({ tokens: 'always' }),
  };
  for (const [path, guard] of Object.entries(guards)) {
    app.get(path, guard, (c) => c.json({}));
    app.post(path, guard, async (c) => {
      c.get('session').data['guarded'] = true;
      return c.json(await c.req.parseBody());
    });
  }
  for (const [path, page] of Object.entries(webPages)) {
    app.all(path, (c) => page(c.get('session'), c.req.raw));
  }
  app.onError((_error, c) => c.text('Something broke.', 500));
  return app;
}

const adapter: AdapterUnderTest = {
  start: (handler) => listen(createAdaptorServer({ fetch: createApp(handler).fetch }) as Server),
  make: latchkey,
  cookieForms: Object.keys(cookieForms),
  lateForms: [...Object.keys(webLateForms), ...Object.keys(lateForms)],
};

describe('Hono on @hono/node-server', () => {
  for (const { name, run } of adapterContract) test(name, () => run(adapter));
});
