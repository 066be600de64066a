import { deepEqual, equal, ok } from 'node:assert/strict';
import { type AdapterCase, type AdapterUnderTest, adapterCase } from './harness.ts';
import type { HttpAnswer } from './http-visitor.ts';

/** A 503 of Latchkey's own, and nothing of the app's answer. */
function expectOutage(answer: HttpAnswer, path: string): void {
  deepEqual([path, answer.status, answer.isWhole], [path, 503, true]);
  deepEqual([path, answer.cookies], [path, []]);
  ok(answer.text.includes('Sessions cannot be read at the moment'), path);
  equal(answer.headers['retry-after'], '2');
  equal(answer.headers['cache-control'], 'no-store');
  equal(answer.headers.location, undefined);
  const length = answer.headers['content-length'];
  if (length !== undefined) equal(Number(length), answer.body.length);
}

/** Pages that change the session. */
function touchingPages({ cookieForms }: AdapterUnderTest): readonly string[] {
  const forms = cookieForms.map((form) => `/cookies/${form}`);
  return ['/visits', '/stream', '/big', '/early', '/empty', ...forms];
}

/** What happens while the store is down. */
export const outageCases: readonly AdapterCase[] = [
  ...adapterCase(
    'a request that brings a session gets a 503, and the operator is told',
    async (bench) => {
      const app = await bench.alone();
      const visitor = app.visitor();
      await visitor.ask('/visits');
      app.store.broken = 'all';
      const touching = touchingPages(bench.adapter);
      for (const path of ['/plain', '/read', ...touching]) {
        expectOutage(await visitor.ask(path), path);
      }
      const told = app.events.filter(({ type }) => type === 'store.unavailable');
      ok(told.length >= 2 + touching.length);
      ok(told.every(({ cause }) => cause instanceof Error));
    },
  ),

  ...adapterCase(
    'a visitor without a session is served, unless something is to be saved',
    async (bench) => {
      const app = await bench.alone();
      app.store.broken = 'all';
      equal((await app.visitor().ask('/plain')).text, 'plain');
      equal((await app.visitor().ask('/read')).text, '{}');
      for (const path of touchingPages(bench.adapter)) {
        expectOutage(await app.visitor().ask(path), path);
      }
      const write = await app.visitor().ask('/write?key=a&value=b', { method: 'POST' });
      expectOutage(write, '/write');
    },
  ),

  ...adapterCase('where only saving fails nothing of the app’s answer leaves', async (bench) => {
    const app = await bench.alone();
    const visitor = app.visitor();
    await visitor.ask('/write?key=a&value=b', { method: 'POST' });
    app.store.broken = 'writes';
    equal((await visitor.ask('/read')).text, '{"a":"b"}');
    for (const path of touchingPages(bench.adapter)) expectOutage(await visitor.ask(path), path);
    app.store.broken = 'no';
    equal((await visitor.ask('/read')).text, '{"a":"b"}');
  }),

  ...adapterCase('HEAD during an outage is a 503 without a body', async (bench) => {
    const app = await bench.alone();
    const visitor = app.visitor();
    await visitor.ask('/visits');
    for (const broken of ['writes', 'all'] as const) {
      app.store.broken = broken;
      const { status, text, cookies } = await visitor.ask('/visits', { method: 'HEAD' });
      deepEqual([status, text, cookies], [503, '', []]);
    }
  }),

  ...adapterCase(
    'a stream without end is let go when its session cannot be saved',
    async (bench) => {
      const app = await bench.alone();
      const visitor = app.visitor();
      await visitor.ask('/visits');
      app.store.broken = 'writes';
      for (let round = 0; round < 3; round += 1)
        expectOutage(await visitor.ask('/endless'), '/endless');
      app.store.broken = 'no';
      equal((await visitor.ask('/visits')).text, '{"visits":2}');
    },
  ),

  ...adapterCase('it recovers without a restart, and nothing is lost', async (bench) => {
    const app = await bench.alone();
    const visitor = app.visitor();
    await visitor.ask('/visits');
    for (const broken of ['all', 'writes', 'all'] as const) {
      app.store.broken = broken;
      equal((await visitor.ask('/visits')).status, 503);
      app.store.broken = 'no';
    }
    equal((await visitor.ask('/visits')).text, '{"visits":2}');
  }),

  ...adapterCase('a page that throws during an outage is an error page still', async (bench) => {
    const app = await bench.alone();
    const visitor = app.visitor();
    await visitor.ask('/visits');
    app.store.broken = 'writes';
    for (const path of ['/throw', '/reject', '/unstorable']) {
      const { status, isWhole } = await visitor.ask(path);
      ok([500, 503].includes(status), `${path} is ${status}`);
      equal(isWhole, true);
    }
  }),

  ...adapterCase(
    'an arrival, a sign-out and a protected page wait for the store to be back',
    async (bench) => {
      const app = await bench.family();
      const visitor = app.visitor();
      await app.signIn(visitor, await app.loginHost.signIn());
      app.store.broken = 'all';
      expectOutage(await visitor.ask('/private'), '/private');
      app.loginHost.isAway = true;
      const headers = { 'sec-fetch-site': 'same-origin' };
      expectOutage(await visitor.ask('/sign-out', { method: 'POST', headers }), '/sign-out');
      app.store.broken = 'no';
      equal((await visitor.ask('/private')).text, 'private');
    },
  ),
];
