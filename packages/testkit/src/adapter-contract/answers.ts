import { deepEqual, equal, ok } from 'node:assert/strict';
import { connect } from 'node:net';
import { type AdapterCase, adapterCase, contractOrigin, type RunningApp } from './harness.ts';

/** What adapters must not spoil of an app's own answers. */
export const answerCases: readonly AdapterCase[] = [
  ...adapterCase('cookies that the app sets itself survive, in every form', async (bench) => {
    const app = await bench.alone();
    for (const form of bench.adapter.cookieForms) {
      const visitor = app.visitor();
      const { status, text, cookies } = await visitor.ask(`/cookies/${form}`);
      deepEqual([form, status, text], [form, 200, 'ok']);
      const names = cookies.map((line) => line.split('=')[0]).sort();
      deepEqual([form, ...names], [form, '__Host-latchkey_session', 'more', 'own']);
      equal((await visitor.ask('/read')).text, '{"seen":true}');
      // With a session that is there nothing is set but what the app sets.
      const again = await visitor.ask(`/cookies/${form}`);
      deepEqual(again.cookies.map((line) => line.split('=')[0]).sort(), ['more', 'own']);
    }
  }),

  ...adapterCase('a stream arrives whole, after the session was saved', async (bench) => {
    const visitor = (await bench.alone()).visitor();
    const { status, text, cookies, isWhole } = await visitor.ask('/stream');
    deepEqual([status, text, cookies.length, isWhole], [200, 'onetwothree', 1, true]);
    equal((await visitor.ask('/read')).text, '{"streamed":true}');
  }),

  ...adapterCase('a large stream arrives whole', async (bench) => {
    const visitor = (await bench.alone()).visitor();
    const { body, isWhole, cookies } = await visitor.ask('/big');
    deepEqual([body.length, isWhole, cookies.length], [4 * 1024 * 1024, true, 1]);
    ok(body.every((byte) => byte === 0x78));
  }),

  ...adapterCase(
    'headers that leave early carry the cookie, and the session is saved',
    async (bench) => {
      const visitor = (await bench.alone()).visitor();
      const { status, headers, text, cookies } = await visitor.ask('/early');
      deepEqual([status, headers['x-early'], text, cookies.length], [201, 'yes', 'early', 1]);
      equal((await visitor.ask('/read')).text, '{"early":true}');
    },
  ),

  ...adapterCase('who leaves in the middle of a stream harms nobody', async (bench) => {
    const app = await bench.alone();
    const visitor = app.visitor();
    await visitor.ask('/visits');
    for (const path of ['/endless', '/big', '/visits']) {
      await leaveEarly(app, path, visitor.cookieHeader() ?? '');
    }
    equal((await visitor.ask('/plain')).text, 'plain');
    equal((await visitor.ask('/read')).status, 200);
  }),

  ...adapterCase('a page that throws is a 500; what it changed before is saved', async (bench) => {
    const visitor = (await bench.alone()).visitor();
    for (const path of ['/throw', '/reject']) {
      const { status, text, isWhole } = await visitor.ask(path);
      deepEqual([path, status, isWhole], [path, 500, true]);
      ok(!text.includes('__Host-'));
    }
    equal((await visitor.ask('/read')).text, '{"thrown":true,"rejected":true}');
  }),

  ...adapterCase('data that cannot be stored is a 500, and nothing is stored', async (bench) => {
    const visitor = (await bench.alone()).visitor();
    await visitor.ask('/visits');
    const { status, isWhole } = await visitor.ask('/unstorable');
    deepEqual([status, isWhole], [500, true]);
    equal((await visitor.ask('/visits')).text, '{"visits":2}');
  }),

  ...adapterCase('form bodies can still be read by the app', async (bench) => {
    const visitor = (await bench.alone()).visitor();
    const { text, cookies } = await visitor.ask('/echo', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `a=1&b=${'x'.repeat(50_000)}`,
    });
    deepEqual(JSON.parse(text), { a: '1', b: 'x'.repeat(50_000) });
    equal(cookies.length, 1);
  }),

  ...adapterCase('a mounted web handler gets method, URL and body', async (bench) => {
    const visitor = (await bench.alone()).visitor();
    const body = JSON.stringify({ text: 'x'.repeat(100_000) });
    const answer = await visitor.ask('/mounted?a=1&a=2', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    equal(answer.status, 201);
    const { method, url, type, ...rest } = JSON.parse(answer.text) as Record<string, string>;
    deepEqual([method, type, rest['body']], ['POST', 'application/json', body]);
    equal(new URL(url ?? '').host, new URL(contractOrigin).host);
    equal(new URL(url ?? '').search, '?a=1&a=2');
    deepEqual([...answer.cookies].sort(), ['one=1; Path=/', 'two=2; Path=/']);
  }),

  ...adapterCase('a mounted web handler answers HEAD without a body', async (bench) => {
    const visitor = (await bench.alone()).visitor();
    const { status, text, cookies } = await visitor.ask('/mounted', { method: 'HEAD' });
    deepEqual([status, text, cookies.length], [201, '', 2]);
  }),

  ...adapterCase(
    'requests that are no honest ones are answered, and stop nobody else',
    async (bench) => {
      const app = await bench.alone();
      for (const line of [
        'TRACE /mounted HTTP/1.1',
        'TRACE /read HTTP/1.1',
        'GET http://evil.example/read HTTP/1.1',
        'GET //evil.example/read HTTP/1.1',
        'GET /%00 HTTP/1.1',
        'GET /%E0%A4%A HTTP/1.1',
        'GET /mounted?%E0%A4%A HTTP/1.1',
        'GET /read?\\x=%zz HTTP/1.1',
        'OPTIONS * HTTP/1.1',
        'POST /mounted HTTP/1.1',
        'PROPFIND /mounted HTTP/1.1',
      ]) {
        const status = await askRaw(app, line);
        ok(status >= 200 && status < 500, `${line} was answered with ${status}`);
      }
      equal((await app.visitor().ask('/plain')).text, 'plain');
    },
  ),
];

/** Asks, and closes the connection as soon as the first bytes are there, or at once. */
function leaveEarly({ port }: RunningApp, path: string, cookie: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      const { host } = new URL(contractOrigin);
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\n\r\n`);
      if (path === '/visits') socket.destroy();
    });
    socket.on('data', () => socket.destroy());
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
}

/** Sends a request line as it is; answers with the status. */
function askRaw({ port }: RunningApp, line: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => {
      const { host } = new URL(contractOrigin);
      socket.write(`${line}\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    });
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)));
  });
}
