import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  type AdapterUnderTest,
  adapterContract,
  contractOrigin,
  mountedHandler,
  trustedOrigin,
} from '@latchkey/testkit';
import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import { askedCaching, fieldsOf, listen } from '../../test/listen.ts';
import { nodeCookieForms, nodeLateForms, nodePages } from '../../test/node-pages.ts';
import {
  type CsrfCheck,
  csrf,
  latchkey,
  mount,
  type NodeRequest,
  requireSignIn,
  type SessionListener,
} from './node.ts';

const mounted = mount(mountedHandler, contractOrigin);

const guards: Readonly<Record<string, CsrfCheck>> = {
  '/guarded': csrf({ trustedOrigins: [trustedOrigin] }),
  '/guarded-always': csrf({ tokens: 'always' }),
};

async function guarded(
  mayGoOn: CsrfCheck,
  request: NodeRequest,
  response: ServerResponse,
): Promise<void> {
  const fields = fieldsOf(await text(request));
  if (!mayGoOn(request, response, fields)) return;
  if (request.method === 'POST') request.session.data['guarded'] = true;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(fields));
}

const pages: SessionListener = (request, response) => {
  const [path = '/'] = (request.url ?? '/').split('?');
  const { session } = request;
  if (path === '/mounted') return mounted(request, response);
  const check = guards[path];
  if (check !== undefined) return guarded(check, request, response);
  if (path === '/private') {
    if (!requireSignIn(request, response)) return undefined;
    const caching = askedCaching(request.url ?? '/');
    if (caching !== null) response.setHeader('Cache-Control', caching);
    response.end('private');
    return undefined;
  }
  const form = nodeCookieForms[path.replace('/cookies/', '')];
  if (form !== undefined) {
    session.data['seen'] = true;
    return form(response);
  }
  const page = nodePages[path];
  if (page !== undefined) return page(response, session, request) as Promise<void>;
  response.writeHead(404).end();
  return undefined;
};

const adapter: AdapterUnderTest = {
  start: (handler) => listen(createServer(latchkey(handler)(pages))),
  make: latchkey,
  cookieForms: Object.keys(nodeCookieForms),
  lateForms: Object.keys(nodeLateForms),
};

// What the app throws goes to the error output of the process, as node:http has no other place for it.
beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
afterAll(() => void vi.restoreAllMocks());

describe('node:http', () => {
  for (const { name, run } of adapterContract) test(name, () => run(adapter));
});
