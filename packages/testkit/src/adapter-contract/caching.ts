import { deepEqual, equal } from 'node:assert/strict';
import { type AdapterCase, adapterCase } from './harness.ts';
import type { HttpVisitor } from './http-visitor.ts';

type Fields = Readonly<Record<string, string>>;

const minute = 61_000;

/** By which an answer asks shared caches to keep it. */
const invitations: readonly Fields[] = [
  { 'cache-control': 'public, max-age=86400' },
  { 'cache-control': 'max-age=60, S-MaxAge=600' },
  { 'cache-control': 'max-age=31536000, immutable' },
  { 'cache-control': 'private="x-own", public' },
  { 'cdn-cache-control': 'max-age=60' },
  { 'vercel-cdn-cache-control': 'max-age=60' },
  { 'surrogate-control': 'max-age=60' },
  { 'x-accel-expires': '60' },
];

/** What an answer says, and what it says with a cookie of ours. */
const withCookie: readonly (readonly [Fields, string])[] = [
  [{}, 'private'],
  [{ 'cache-control': 'public, max-age=60, s-maxage=600, immutable' }, 'private, max-age=60'],
  [{ 'cache-control': 'max-age=60' }, 'private, max-age=60'],
  [{ 'cache-control': 'private="set-cookie", max-age=60' }, 'private, max-age=60'],
  [{ 'cache-control': 'no-cache="public, x"' }, 'private, no-cache="public, x"'],
  [{ 'cache-control': 'Private, max-age=60' }, 'Private, max-age=60'],
  [{ 'cache-control': 'no-store' }, 'no-store'],
  [{ 'cache-control': 'public, no-store' }, 'no-store'],
  [{ 'cache-control': 'max-age=60', 'cdn-cache-control': 'max-age=60' }, 'private, max-age=60'],
  [{ 'surrogate-control': 'max-age=60', 'x-accel-expires': '60' }, 'private'],
];

/** A cookie of ours in a shared cache is a session given away (CVE-2023-30861). */
export const cachingCases: readonly AdapterCase[] = [
  ...adapterCase(
    'a renewal of the cookie waits for an answer that no shared cache is asked to keep',
    async (bench) => {
      const app = await bench.alone({ cookie: { expireAfter: 86_400 } });
      const visitor = app.visitor();
      await visitor.ask('/visits');
      for (const fields of invitations) {
        app.clock.advance(minute);
        const { status, text, cookies, headers } = await askFor(visitor, fields);
        deepEqual([fields, status, text, cookies], [fields, 200, 'ok', []]);
        for (const [name, value] of Object.entries(fields)) equal(headers[name], value);
        const next = await visitor.ask('/plain');
        deepEqual([fields, next.cookies.length], [fields, 1]);
        equal(next.headers['cache-control'], 'private');
        while ((await visitor.ask('/plain')).cookies.length > 0);
      }
    },
  ),

  ...adapterCase('a renewal goes out with what only this browser keeps', async (bench) => {
    const app = await bench.alone({ cookie: { expireAfter: 86_400 } });
    const visitor = app.visitor();
    await visitor.ask('/visits');
    for (const [fields, expected] of [
      [{ 'cache-control': 'max-age=60' }, 'private, max-age=60'],
      // Said by middleware that forbids all caches: then none is asked.
      [{ 'cache-control': 'no-store', 'surrogate-control': 'no-store' }, 'no-store'],
      [{ 'cache-control': 'private', 'x-accel-expires': '0' }, 'private'],
    ] as const) {
      app.clock.advance(minute);
      const { cookies, headers } = await askFor(visitor, fields);
      deepEqual([fields, cookies.length, headers['cache-control']], [fields, 1, expected]);
      while ((await visitor.ask('/plain')).cookies.length > 0);
    }
  }),

  ...adapterCase('an answer with a cookie of ours leaves private, a 304 too', async (bench) => {
    const app = await bench.alone();
    for (const [fields, expected] of withCookie) {
      for (const more of [{}, { status: '304', etag: '"x"' }]) {
        const asked = { ...fields, ...more };
        const { cookies, headers } = await askFor(app.visitor(), { ...asked, store: 'yes' });
        deepEqual([asked, cookies.length, headers['cache-control']], [asked, 1, expected]);
        for (const name of Object.keys(fields)) {
          if (name !== 'cache-control') equal(headers[name], undefined, name);
        }
      }
    }
  }),

  ...adapterCase('what an answer without a cookie says of caches is left alone', async (bench) => {
    const app = await bench.alone();
    const visitor = app.visitor();
    await visitor.ask('/visits');
    for (const fields of invitations) {
      const { headers, cookies } = await askFor(visitor, fields);
      deepEqual(cookies, []);
      for (const [name, value] of Object.entries(fields)) equal(headers[name], value);
    }
  }),

  ...adapterCase(
    'behind requireSignIn no cache keeps an answer, unless the app said something itself',
    async (bench) => {
      const app = await bench.family();
      const visitor = app.visitor();
      await app.signIn(visitor, await app.loginHost.signIn());
      // The first answer after an arrival has a cookie to set.
      await visitor.ask('/plain');
      const { text, headers } = await visitor.ask('/private');
      deepEqual([text, headers['cache-control']], ['private', 'private, no-store']);
      const said = await visitor.ask('/private?cache-control=max-age%3D60');
      deepEqual([said.text, said.headers['cache-control']], ['private', 'max-age=60']);
    },
  ),

  ...adapterCase(
    'the 503 for a failed save keeps what the app says of every answer',
    async (bench) => {
      const app = await bench.alone();
      app.store.broken = 'writes';
      const everywhere = {
        'content-security-policy-report-only': "default-src 'none'",
        'x-frame-options': 'DENY',
        'strict-transport-security': 'max-age=60',
        'access-control-allow-origin': 'https://toys.example',
        'x-own': 'kittens',
      };
      const here = { etag: '"x"', 'content-language': 'fr', 'x-accel-redirect': '/files/1' };
      const { status, headers } = await askFor(app.visitor(), {
        ...everywhere,
        ...here,
        store: 'yes',
      });
      equal(status, 503);
      for (const [name, value] of Object.entries(everywhere)) equal(headers[name], value);
      for (const name of Object.keys(here)) equal(headers[name], undefined, name);
      equal(headers['cache-control'], 'no-store');
    },
  ),
];

function askFor(visitor: HttpVisitor, fields: Fields): ReturnType<HttpVisitor['ask']> {
  return visitor.ask(`/headers?${new URLSearchParams(fields).toString()}`);
}
