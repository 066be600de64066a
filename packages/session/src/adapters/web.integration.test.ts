import { createServer } from 'node:http';
import {
  type AdapterUnderTest,
  adapterContract,
  contractOrigin,
  createBreakableStore,
  mountedHandler,
  trustedOrigin,
} from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { askedCaching, fieldsOf, listen } from '../../test/listen.ts';
import { webCookieForms, webLateForms, webPages } from '../../test/web-pages.ts';
import type { AppHandler } from '../http/http-exchange.ts';
import { createMemoryStore } from '../store/memory.ts';
import { mount as mountOnNode } from './node.ts';
import { csrf, latchkey, mount, requireSignIn, type SessionHandler, sessions } from './web.ts';

function pagesOf(app: AppHandler): SessionHandler {
  const guarded = requireSignIn(app, ({ url }) => {
    const caching = askedCaching(url);
    return new Response(
      'private',
      caching === null ? {} : { headers: { 'cache-control': caching } },
    );
  });
  const mounted = mount(mountedHandler);
  const page: SessionHandler = async (request, session) => {
    if (request.method === 'POST') session.data['guarded'] = true;
    return Response.json(fieldsOf(await request.text()));
  };
  const guards: Readonly<Record<string, SessionHandler>> = {
    '/guarded': csrf(app, page, { trustedOrigins: [trustedOrigin] }),
    '/guarded-always': csrf(app, page, { tokens: 'always' }),
  };
  return (request, session) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/private') return guarded(request, session);
    if (pathname === '/mounted') return mounted(request);
    const behindGuard = guards[pathname];
    if (behindGuard !== undefined) return behindGuard(request, session);
    const form = webCookieForms[pathname.replace('/cookies/', '')];
    if (form !== undefined) {
      session.data['seen'] = true;
      return form();
    }
    return webPages[pathname]?.(session, request) ?? new Response('Not found.', { status: 404 });
  };
}

/** Web handlers have no error handling of their own; an app has its error page inside, where sessions are still saved. */
function withErrorPage(handler: SessionHandler): SessionHandler {
  return async (request, session) => {
    try {
      return await handler(request, session);
    } catch {
      return new Response('Something broke.', { status: 500 });
    }
  };
}

const adapter: AdapterUnderTest = {
  make: latchkey,
  start(app) {
    const handler = latchkey(app)(withErrorPage(pagesOf(app)));
    return listen(createServer(mountOnNode(handler, contractOrigin)));
  },
  cookieForms: Object.keys(webCookieForms),
  lateForms: Object.keys(webLateForms),
};

// What rejects is an error of the server that the handler is mounted on: a line on the error output.
beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
afterAll(() => void vi.restoreAllMocks());

describe('a web handler on node:http', () => {
  for (const { name, run } of adapterContract) test(name, () => run(adapter));
});

describe('a web handler', () => {
  const origin = 'https://app.kittens.example';

  test('that rejects saves nothing, and its caller is told', async () => {
    const store = createMemoryStore();
    let created = 0;
    const counting = {
      ...store,
      create: (...args: Parameters<typeof store.create>) => {
        created += 1;
        return store.create(...args);
      },
    };
    const handler = sessions({ origin, store: counting })((_request, session) => {
      session.data['seen'] = true;
      throw new Error('broken page');
    });
    await expect(handler(new Request(`${origin}/`))).rejects.toThrow('broken page');
    expect(created).toBe(0);
  });

  test('may answer with a response whose headers cannot be changed', async () => {
    const handler = sessions({ origin, store: createMemoryStore() })((_request, session) => {
      session.data['seen'] = true;
      return Response.redirect(`${origin}/elsewhere`, 303);
    });
    const response = await handler(new Request(`${origin}/`));
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe(`${origin}/elsewhere`);
    expect(response.headers.getSetCookie()).toHaveLength(1);
  });

  test('has the body of its answer let go when the session cannot be saved', async () => {
    const store = createBreakableStore(createMemoryStore(), true);
    store.broken = 'all';
    let isLetGo = false;
    const handler = sessions({ origin, store })((_request, session) => {
      session.data['seen'] = true;
      const body = new ReadableStream({
        cancel() {
          isLetGo = true;
        },
      });
      return new Response(body);
    });
    expect((await handler(new Request(`${origin}/`))).status).toBe(503);
    expect(isLetGo).toBe(true);
  });

  test('goes by the Host header, else by the URL', async () => {
    const handler = sessions({ origin, store: createMemoryStore() })(() => new Response('ok'));
    const ask = async (url: string, host?: string): Promise<number> => {
      const headers = host === undefined ? {} : { host };
      return (await handler(new Request(url, { headers }))).status;
    };
    expect(await ask(`${origin}/`)).toBe(200);
    expect(await ask('http://127.0.0.1:3000/', 'app.kittens.example')).toBe(200);
    expect(await ask('https://evil.example/')).toBe(421);
    expect(await ask(`${origin}/`, 'evil.example')).toBe(421);
  });
});
