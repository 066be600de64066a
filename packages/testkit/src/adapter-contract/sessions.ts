import { deepEqual, equal, ok } from 'node:assert/strict';
import { type AdapterCase, adapterCase } from './harness.ts';

/** What visitors see of their sessions. */
export const sessionCases: readonly AdapterCase[] = [
  ...adapterCase('a page that asks nothing of the session sets no cookie', async (bench) => {
    const visitor = (await bench.alone()).visitor();
    const { status, text, cookies } = await visitor.ask('/plain');
    deepEqual([status, text, cookies], [200, 'plain', []]);
  }),

  ...adapterCase('a page that only reads sets no cookie', async (bench) => {
    const visitor = (await bench.alone()).visitor();
    const { text, cookies } = await visitor.ask('/read');
    deepEqual([text, cookies], ['{}', []]);
  }),

  ...adapterCase('a session is kept over requests under one cookie, set once', async (bench) => {
    const visitor = (await bench.alone()).visitor();
    for (const visits of [1, 2, 3]) {
      const { text, cookies } = await visitor.ask('/visits');
      equal(text, JSON.stringify({ visits }));
      equal(cookies.length, visits === 1 ? 1 : 0);
    }
  }),

  ...adapterCase('visitors do not see each other’s sessions', async (bench) => {
    const app = await bench.alone();
    const visitors = [app.visitor(), app.visitor(), app.visitor()];
    const answers = await Promise.all(visitors.map((visitor) => visitor.ask('/visits')));
    deepEqual(
      answers.map(({ text }) => text),
      ['{"visits":1}', '{"visits":1}', '{"visits":1}'],
    );
    equal(new Set(visitors.map((visitor) => visitor.cookieHeader())).size, 3);
  }),

  ...adapterCase('who follows a redirect at once finds the session saved', async (bench) => {
    const visitor = (await bench.alone()).visitor();
    for (let round = 0; round < 20; round += 1) {
      const written = await visitor.ask(`/write?key=round&value=${round}`, { method: 'POST' });
      deepEqual([written.status, written.headers.location], [303, '/read']);
      equal((await visitor.ask('/read')).text, JSON.stringify({ round: String(round) }));
    }
  }),

  ...adapterCase('parallel requests that write different keys all survive', async (bench) => {
    const visitor = (await bench.alone()).visitor();
    await visitor.ask('/write?key=first&value=1', { method: 'POST' });
    const keys = Array.from({ length: 10 }, (_, index) => `key${index}`);
    await Promise.all(
      keys.map((key) => visitor.ask(`/write?key=${key}&value=1`, { method: 'POST' })),
    );
    const data = JSON.parse((await visitor.ask('/read')).text) as Record<string, unknown>;
    deepEqual(Object.keys(data).sort(), ['first', ...keys].sort());
  }),

  ...adapterCase('HEAD saves and sets like GET, without a body', async (bench) => {
    const visitor = (await bench.alone()).visitor();
    const { status, text, cookies } = await visitor.ask('/visits', { method: 'HEAD' });
    deepEqual([status, text, cookies.length], [200, '', 1]);
    equal((await visitor.ask('/visits')).text, '{"visits":2}');
  }),

  ...adapterCase('an answer without a body saves and sets as well', async (bench) => {
    const visitor = (await bench.alone()).visitor();
    const { status, text, cookies } = await visitor.ask('/empty');
    deepEqual([status, text, cookies.length], [204, '', 1]);
    equal((await visitor.ask('/read')).text, '{"empty":true}');
  }),

  ...adapterCase('hostile cookies make an anonymous visitor, never an error', async (bench) => {
    const app = await bench.alone();
    const visitor = app.visitor();
    await visitor.ask('/visits');
    const own = visitor.cookieHeader() ?? '';
    const [name = ''] = own.split('=');
    for (const cookie of [
      own.slice(0, -1),
      `${own}A`,
      `${name}=`,
      name,
      `${name}="${'A'.repeat(60)}"`,
      `${name}=${'A'.repeat(8000)}`,
      `${name}=${'A'.repeat(16)}.${'A'.repeat(43)}`,
      `${'; ='.repeat(1000)}`,
      '\u00ff\u00fe',
    ]) {
      const { status, text, cookies } = await app.visitor().ask('/read', { headers: { cookie } });
      deepEqual([cookie, status, text, cookies], [cookie, 200, '{}', []]);
    }
  }),

  ...adapterCase('of several cookies of the name the one that opens counts', async (bench) => {
    const app = await bench.alone();
    const visitor = app.visitor();
    await visitor.ask('/visits');
    const own = visitor.cookieHeader() ?? '';
    const [name = ''] = own.split('=');
    const cookie = `${name}=${'A'.repeat(16)}.${'A'.repeat(43)}; ${own}`;
    equal((await visitor.ask('/visits', { headers: { cookie } })).text, '{"visits":2}');
    ok(app.events.some(({ type }) => type === 'cookie.duplicate'));
  }),
];
