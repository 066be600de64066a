import { deepEqual, equal, ok } from 'node:assert/strict';
import { type AdapterCase, adapterCase, contractOrigin, type RunningApp } from './harness.ts';
import type { HttpAnswer, HttpVisitor } from './http-visitor.ts';

/** The origin that `/guarded` trusts besides the app's own. */
export const trustedOrigin = 'https://blog.kittens.example';

type Headers = Readonly<Record<string, string>>;

const formType = { 'content-type': 'application/x-www-form-urlencoded' };

type Post = (visitor: HttpVisitor, headers: Headers, fields?: Headers) => Promise<HttpAnswer>;

const postTo =
  (path: string): Post =>
  (visitor, headers, fields = {}) => {
    const body = new URLSearchParams({ ...fields, last: '1' }).toString();
    return visitor.ask(path, { method: 'POST', headers: { ...formType, ...headers }, body });
  };
const post = postTo('/guarded');

async function tokensOf(visitor: HttpVisitor): Promise<{ any: string; form: string }> {
  return JSON.parse((await visitor.ask('/csrf')).text) as { any: string; form: string };
}

async function expectRefused(app: RunningApp, answer: HttpAnswer, reason: string): Promise<void> {
  deepEqual([reason, answer.status, answer.isWhole], [reason, 403, true]);
  equal(answer.headers['cache-control'], 'no-store');
  const { type, reason: told } = app.events.at(-1) ?? {};
  deepEqual([type, told], ['csrf.refused', reason]);
}

/** `csrf()` in front of the app's own unsafe requests. */
export const csrfCases: readonly AdapterCase[] = [
  ...adapterCase('csrf(): forms of the app’s own pages arrive, with their body', async (bench) => {
    const app = await bench.alone();
    const allowed: Headers[] = [
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
      { 'sec-fetch-site': 'same-site', origin: trustedOrigin },
      { 'sec-fetch-site': 'cross-site', origin: trustedOrigin },
      { origin: contractOrigin },
      { referer: `${contractOrigin}/form?x=1` },
    ];
    for (const headers of allowed) {
      const { status, text } = await post(app.visitor(), headers, { a: 'x'.repeat(50_000) });
      equal(status, 200);
      deepEqual(JSON.parse(text), { a: 'x'.repeat(50_000), last: '1' });
    }
    deepEqual(app.events, []);
  }),

  ...adapterCase(
    'csrf(), ASVS 3.5.1: other sites are refused, and nothing is done',
    async (bench) => {
      const app = await bench.alone();
      const visitor = app.visitor();
      const { any } = await tokensOf(visitor);
      const refused: [Headers, string][] = [
        [{ 'sec-fetch-site': 'cross-site' }, 'cross-site'],
        [{ 'sec-fetch-site': 'cross-site', origin: 'null' }, 'cross-site'],
        [{ 'sec-fetch-site': 'same-site', origin: 'https://old.kittens.example' }, 'same-site'],
        [{ 'sec-fetch-site': 'same-origin, same-origin' }, 'unknown-fetch-site'],
        [{ origin: 'https://evil.example' }, 'foreign-origin'],
        [{ origin: `${contractOrigin}.evil.example` }, 'foreign-origin'],
        [{ origin: 'null' }, 'opaque-origin'],
        [{ referer: 'https://evil.example/' }, 'foreign-referer'],
      ];
      for (const [headers, reason] of refused) {
        await expectRefused(app, await post(visitor, headers), reason);
        await expectRefused(app, await post(visitor, headers, { _csrf: any }), reason);
        const json = { ...headers, 'content-type': 'application/json', 'x-csrf-token': any };
        const call = { method: 'POST', headers: json, body: '{}' };
        await expectRefused(app, await visitor.ask('/guarded', call), reason);
        // What a form can send without asking first (ASVS 3.5.2): JSON that calls itself text.
        const simple = { ...headers, 'content-type': 'text/plain' };
        const status = (await visitor.ask('/guarded', { ...call, headers: simple })).status;
        ok([403, 415].includes(status), `text/plain was answered with ${status}`);
      }
      ok(!(await visitor.ask('/read')).text.includes('guarded'));
    },
  ),

  ...adapterCase('csrf(), ASVS 3.5.3: reading is never refused', async (bench) => {
    const visitor = (await bench.alone()).visitor();
    for (const path of ['/guarded', '/guarded-always']) {
      for (const method of ['GET', 'HEAD']) {
        const headers = { 'sec-fetch-site': 'cross-site', origin: 'null' };
        equal((await visitor.ask(path, { method, headers })).status, 200);
      }
    }
  }),

  ...adapterCase('csrf(): where no header says who sends, a token decides', async (bench) => {
    const app = await bench.alone();
    const visitor = app.visitor();
    await expectRefused(app, await post(visitor, {}), 'token-missing');
    const { any, form } = await tokensOf(visitor);
    await expectRefused(app, await post(visitor, {}), 'token-missing');
    for (const token of [any, form]) {
      equal((await post(visitor, { 'x-csrf-token': token })).status, 200);
      equal((await post(visitor, {}, { _csrf: token })).status, 200);
      const { status, text } = await post(visitor, {}, { authenticity_token: token, a: 'ä' });
      equal(status, 200);
      deepEqual(JSON.parse(text), { authenticity_token: token, a: 'ä', last: '1' });
    }
    const stranger = app.visitor();
    await tokensOf(stranger);
    for (const token of ['x', any.slice(0, 43), `${any}, ${any}`, 'A'.repeat(86)]) {
      await expectRefused(app, await post(visitor, { 'x-csrf-token': token }), 'token-wrong');
      await expectRefused(app, await post(visitor, {}, { _csrf: token }), 'token-wrong');
    }
    await expectRefused(app, await post(stranger, {}, { _csrf: any }), 'token-wrong');
    await expectRefused(app, await post(app.visitor(), {}, { _csrf: any }), 'token-wrong');
  }),

  ...adapterCase('csrf(), OWASP: a cookie that a sibling planted is no token', async (bench) => {
    const app = await bench.alone();
    const visitor = app.visitor();
    await tokensOf(visitor);
    for (const planted of ['x', 'A'.repeat(43), 'A'.repeat(86)]) {
      for (const name of ['_csrf', 'authenticity_token', '_csrf_token', 'XSRF-TOKEN']) {
        const cookie = `${visitor.cookieHeader()}; ${name}=${planted}`;
        const headers = { cookie, 'x-csrf-token': planted };
        await expectRefused(app, await post(visitor, headers, { _csrf: planted }), 'token-wrong');
      }
    }
  }),

  ...adapterCase('csrf({ tokens: always }): the app’s own page needs one too', async (bench) => {
    const app = await bench.alone();
    const visitor = app.visitor();
    const { any, form } = await tokensOf(visitor);
    const own = { 'sec-fetch-site': 'same-origin', origin: contractOrigin };
    const ask = (fields: Headers): Promise<HttpAnswer> =>
      postTo('/guarded-always?x=1')(visitor, own, fields);
    await expectRefused(app, await ask({}), 'token-missing');
    await expectRefused(app, await ask({ _csrf: form }), 'token-wrong');
    equal((await ask({ _csrf: any })).status, 200);
    equal((await postTo('/guarded?x=1')(visitor, own, { _csrf: form })).status, 200);
  }),

  ...adapterCase('csrf(): programs are refused with JSON, people with a page', async (bench) => {
    const visitor = (await bench.alone()).visitor();
    const foreign = { origin: 'https://evil.example' };
    const page = await post(visitor, { ...foreign, accept: 'text/html,*/*;q=0.8' });
    deepEqual([page.status, page.headers['content-type']], [403, 'text/html; charset=utf-8']);
    ok(page.text.includes('This could not be accepted'));
    const { status, headers, text } = await post(visitor, {
      ...foreign,
      accept: 'application/json',
    });
    equal(status, 403);
    ok(headers['content-type']?.startsWith('application/json'));
    deepEqual(JSON.parse(text), { error: 'csrf_refused', reason: 'foreign-origin' });
  }),

  ...adapterCase(
    'csrf(): tokens from before the sign-in are worth nothing after',
    async (bench) => {
      const app = await bench.family();
      const visitor = app.visitor();
      const { any } = await tokensOf(visitor);
      await app.signIn(visitor, await app.loginHost.signIn());
      await expectRefused(app, await post(visitor, {}, { _csrf: any }), 'token-wrong');
      const now = await tokensOf(visitor);
      equal((await post(visitor, {}, { _csrf: now.any })).status, 200);
      await visitor.ask('/sign-out', { method: 'POST', headers: { origin: contractOrigin } });
      await expectRefused(app, await post(visitor, {}, { _csrf: now.any }), 'token-wrong');
    },
  ),

  ...adapterCase('csrf(): during an outage a token cannot be judged: 503', async (bench) => {
    const app = await bench.alone();
    const visitor = app.visitor();
    const { any } = await tokensOf(visitor);
    app.store.broken = 'all';
    equal((await post(visitor, {}, { _csrf: any })).status, 503);
    app.store.broken = 'no';
    equal((await post(visitor, {}, { _csrf: any })).status, 200);
  }),

  ...adapterCase('csrf(): a body that is no form is answered, and stops nobody', async (bench) => {
    const visitor = (await bench.alone()).visitor();
    for (const type of ['multipart/form-data', 'multipart/form-data; boundary=x', 'x', '']) {
      const headers = { 'content-type': type };
      const answer = await visitor.ask('/guarded', {
        method: 'POST',
        headers,
        body: '--x\r\n%zz=%',
      });
      ok(answer.status >= 400 && answer.status < 500, `${type} was answered with ${answer.status}`);
    }
    equal((await visitor.ask('/plain')).text, 'plain');
  }),
];
