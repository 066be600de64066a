import { createServer } from 'node:http';
import {
  type AdapterUnderTest,
  adapterContract,
  contractOrigin,
  mountedHandler,
} from '@latchkey/testkit';
import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import { listen } from '../../test/listen.ts';
import { webCookieForms, webPages } from '../../test/web-pages.ts';
import type { Entrance } from '../http-exchange.ts';
import { mount as mountOnNode } from './node.ts';
import { latchkey, mount, requireSignIn, type SessionHandler } from './web.ts';

function pagesOf(entrance: Entrance): SessionHandler {
  const guarded = requireSignIn(entrance, () => new Response('private'));
  const mounted = mount(mountedHandler);
  return (request, session) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/private') return guarded(request, session);
    if (pathname === '/mounted') return mounted(request);
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
  start(entrance) {
    const handler = latchkey(entrance)(withErrorPage(pagesOf(entrance)));
    return listen(createServer(mountOnNode(handler, contractOrigin)));
  },
  cookieForms: Object.keys(webCookieForms),
};

// What rejects is an error of the server that the handler is mounted on: a line on the error output.
beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
afterAll(() => void vi.restoreAllMocks());

describe('a web handler on node:http', () => {
  for (const { name, run } of adapterContract) test(name, () => run(adapter));
});
