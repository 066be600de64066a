import { deepEqual, equal, ok } from 'node:assert/strict';
import { connect } from 'node:net';
import { readState } from '@latchkey/session/parts';
import { type AdapterCase, adapterCase, contractOrigin, type RunningApp } from './harness.ts';

const sameOrigin = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' };

/** Hosts, Latchkey's own routes, and pages that need a sign-in. */
export const ownRouteCases: readonly AdapterCase[] = [
  ...adapterCase('another host is refused on every page, whatever proxies say', async (bench) => {
    const app = await bench.alone();
    const visitor = app.visitor();
    await visitor.ask('/visits');
    for (const host of ['evil.example', 'app.kittens.example.evil.example', '127.0.0.1', 'x']) {
      for (const path of ['/plain', '/visits', '/sign-in', '/mounted', '/nowhere']) {
        const headers = { host, 'x-forwarded-host': 'app.kittens.example' };
        const { status, cookies, text } = await visitor.ask(path, { headers });
        deepEqual([host, path, status, cookies], [host, path, 421, []]);
        // It names what was received and what was expected: most often a proxy passed on another one.
        ok(text.includes(`“${host}”`) && text.includes('“app.kittens.example”'), text);
      }
    }
    equal((await visitor.ask('/visits')).text, '{"visits":2}');
  }),

  ...adapterCase(
    'an app alone has no routes of Latchkey’s own, and a 401 for protected pages',
    async (bench) => {
      const visitor = (await bench.alone()).visitor();
      for (const path of ['/sign-in', '/sign-out', '/_latchkey/handshake']) {
        equal((await visitor.ask(path)).status, 404);
      }
      const { status, headers } = await visitor.ask('/private');
      deepEqual([status, headers['cache-control']], [401, 'no-store']);
    },
  ),

  ...adapterCase('a handshake signs in and comes back to the page it began on', async (bench) => {
    const app = await bench.family();
    const visitor = app.visitor();
    await visitor.ask('/visits');
    const before = visitor.copy();
    const end = await app.signIn(visitor, await app.loginHost.signIn(), '/private?a=1&b=%20');
    equal(end, `${contractOrigin}/private?a=1&b=%20`);
    equal((await visitor.ask('/private')).text, 'private');
    equal((await visitor.ask('/visits')).text, '{"visits":2}');
    equal((await before.ask('/read')).text, '{}');
  }),

  ...adapterCase('a refused arrival is a 400 page that changes nothing', async (bench) => {
    const app = await bench.family();
    const visitor = app.visitor();
    await visitor.ask('/visits');
    const before = visitor.cookieHeader();
    for (const query of ['', '?token=x&state=y', '?token=x&token=y', '?token[]=x&state=%00']) {
      const { status, cookies, headers } = await visitor.ask(`/_latchkey/handshake${query}`);
      deepEqual([query, status, cookies], [query, 400, []]);
      equal(headers['cache-control'], 'no-store');
    }
    equal(visitor.cookieHeader(), before);
  }),

  ...adapterCase(
    'a protected page sends browsers to the login host and answers programs 401',
    async (bench) => {
      const visitor = (await bench.family()).visitor();
      const page = await visitor.ask('/private?x=1', { headers: { accept: 'text/html' } });
      equal(page.status, 303);
      const hop = new URL(page.headers.location ?? '');
      equal(`${hop.origin}${hop.pathname}`, 'https://login.kittens.example/handshake');
      equal(readState(hop.searchParams.get('state') ?? '')?.returnPath, '/private?x=1');
      ok(page.cookies[0]?.startsWith('__Host-latchkey_flow_app'));
      for (const headers of [
        { accept: 'application/json' },
        { accept: '*/*' },
        { accept: 'text/html', 'sec-fetch-mode': 'cors' },
        { accept: 'text/html', 'x-requested-with': 'XMLHttpRequest' },
      ]) {
        const program = await visitor.ask('/private', { headers });
        deepEqual([headers, program.status, program.text], [headers, 401, '{"signedIn":false}']);
        equal(program.headers['content-type'], 'application/json');
        deepEqual(program.cookies, []);
      }
      const navigation = { accept: '*/*', 'sec-fetch-mode': 'navigate' };
      equal((await visitor.ask('/private', { headers: navigation })).status, 303);
    },
  ),

  ...adapterCase('a protected page is a 403 for who is signed in without access', async (bench) => {
    const app = await bench.family();
    const visitor = app.visitor();
    const slot = await app.loginHost.signIn();
    await app.signIn(visitor, slot);
    equal((await visitor.ask('/private')).text, 'private');
    const found = await app.store.readSignIn(slot);
    ok(found);
    await app.store.replaceSignIn(slot, { ...found.signIn, apps: {} }, found.signIn.version);
    const { status, cookies } = await visitor.ask('/private');
    deepEqual([status, cookies], [403, []]);
  }),

  ...adapterCase('signing out drops the cookie and ends the sign-in', async (bench) => {
    const app = await bench.family();
    const visitor = app.visitor();
    const slot = await app.loginHost.signIn();
    await app.signIn(visitor, slot);
    const stolen = visitor.copy();
    const cross = await visitor.ask('/sign-out', { method: 'POST' });
    equal(cross.status, 403);
    const out = await visitor.ask('/sign-out', { method: 'POST', headers: sameOrigin });
    const onward = new URL(out.headers.location ?? '');
    deepEqual(
      [out.status, `${onward.origin}${onward.pathname}`],
      [303, `${contractOrigin}/_latchkey/signed-out`],
    );
    const page = await visitor.ask(`${onward.pathname}${onward.search}`);
    equal(page.status, 200);
    ok(page.text.includes('content="0;url=https://login.kittens.example/signed-out?app=app'));
    equal(await app.store.readSignIn(slot), null);
    equal((await stolen.ask('/private')).status, 303);
    ok(!visitor.cookieHeader()?.includes('__Host-latchkey_session_app'));
  }),

  ...adapterCase(
    'a body sent to a route of Latchkey’s own does not stall the connection',
    async (bench) => {
      const app = await bench.family();
      deepEqual(await postThenGet(app, 'x'.repeat(200_000)), [403, 200]);
    },
  ),

  ...adapterCase('HEAD is answered by the routes, without a body', async (bench) => {
    const visitor = (await bench.family()).visitor();
    for (const [path, status] of [
      ['/sign-in', 303],
      ['/sign-out', 200],
      ['/_latchkey/handshake', 405],
      ['/private', 303],
    ] as const) {
      const answer = await visitor.ask(path, { method: 'HEAD' });
      deepEqual([path, answer.status, answer.text], [path, status, '']);
    }
  }),
];

/** Two requests on one connection; answers with both statuses. */
function postThenGet({ port }: RunningApp, body: string): Promise<number[]> {
  const { host } = new URL(contractOrigin);
  const post = `POST /sign-out HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\n\r\n`;
  const get = `GET /plain HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(post + body);
      socket.write(get);
    });
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => {
      resolve([...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status)));
    });
  });
}
