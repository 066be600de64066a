import { deepEqual, equal, match, notEqual } from 'node:assert/strict';
import { readState } from '@latchkey/session/parts';
import type { ListeningApp } from './listening-app.ts';
import { signInVisitor } from './signed-in-visitor.ts';

/** One thing that every app of the development family does, whatever its framework. */
export interface AppCase {
  readonly name: string;
  run(app: ListeningApp): Promise<void>;
}

/** The paths of the example apps of reach `shared` and `handshake`, as README.md of `examples/family` lists them. */
export const appContract: readonly AppCase[] = [
  {
    name: 'a visitor gets a page with a link Sign in and no cookie',
    async run(app) {
      const response = await app.ask('/');
      const page = await response.text();
      equal(response.status, 200);
      match(page, /<a class="button" href="\/sign-in">Sign in<\/a>/);
      equal(page.includes('Sign out'), false);
      deepEqual(response.headers.getSetCookie(), []);
    },
  },
  {
    name: 'somebody signed in gets name and e-mail, escaped, and a button Sign out',
    async run(app) {
      const { cookieHeader } = await signInVisitor(app, app.member, [app.member.name]);
      const response = await app.ask('/', { headers: { cookie: cookieHeader } });
      const page = await response.text();
      equal(response.status, 200);
      match(page, /<strong>Eve &lt;Eames&gt;<\/strong>/);
      match(page, /eve@kittens\.example/);
      match(page, /<form method="post" action="\/sign-out"><button>Sign out<\/button>/);
      equal(page.includes('href="/sign-in"'), false);
    },
  },
  {
    name: 'pages are not kept by any cache and allow no script',
    async run(app) {
      const { cookieHeader } = await signInVisitor(app, app.member, [app.member.name]);
      for (const path of ['/', '/me', '/private', '/nothing-here']) {
        const { headers } = await app.ask(path, { headers: { cookie: cookieHeader } });
        equal(headers.get('cache-control'), 'no-store', path);
        if (path !== '/me')
          match(
            headers.get('content-security-policy') ?? '',
            /^default-src 'none'; style-src 'sha256-/,
          );
      }
    },
  },
  {
    name: '/me tells who is signed in',
    async run(app) {
      const { account, cookieHeader } = await signInVisitor(app, app.member, [app.member.name]);
      const known = await app.ask('/me', { headers: { cookie: cookieHeader } });
      equal(known.status, 200);
      const inApp = { ...account, roles: [], groups: [] };
      deepEqual(await known.json(), { signedIn: true, account: inApp, app: app.member.name });
      const visitor = await app.ask('/me');
      equal(visitor.status, 401);
      deepEqual(await visitor.json(), { signedIn: false });
    },
  },
  {
    name: '/private sends a visitor to the login host and shows itself to somebody signed in',
    async run(app) {
      const visitor = await app.ask('/private?page=2');
      const hop = new URL(visitor.headers.get('location') ?? '');
      equal(visitor.status, 303);
      equal(`${hop.origin}${hop.pathname}`, `${app.family.loginHost.origin}/handshake`);
      equal(readState(hop.searchParams.get('state') ?? '')?.returnPath, '/private?page=2');
      const { cookieHeader } = await signInVisitor(app, app.member, [app.member.name]);
      const known = await app.ask('/private', { headers: { cookie: cookieHeader } });
      equal(known.status, 200);
      match(await known.text(), /Eve &lt;Eames&gt;/);
    },
  },
  {
    name: 'sign-out ends the sign-in even while the login host is away',
    async run(app) {
      const { cookieHeader, slot } = await signInVisitor(app, app.member, [app.member.name]);
      const headers = { cookie: cookieHeader, origin: app.member.origin };
      const response = await app.ask('/sign-out', { method: 'POST', headers });
      equal(response.status, 303);
      const ask = cookiePairs(response).find((pair) => pair.includes('_ask_')) ?? '';
      const next = await app.ask('/_latchkey/signed-out', { headers: { cookie: ask } });
      match(await next.text(), /other apps will follow/);
      equal(await app.store.readSignIn(slot), null);
      equal((await app.ask('/me', { headers })).status, 401);
    },
  },
  {
    name: 'sign-out of a visitor leads to the login host; one that another site asks for is refused',
    async run(app) {
      const own = { origin: app.member.origin };
      const visitor = await app.ask('/sign-out', { method: 'POST', headers: own });
      equal(visitor.status, 303);
      equal(visitor.headers.get('location'), `${app.member.origin}/_latchkey/signed-out`);
      const next = await app.ask('/_latchkey/signed-out');
      match(await next.text(), /http-equiv="refresh" content="0;url=http:\/\/login\.kittens/);
      const { cookieHeader, slot } = await signInVisitor(app, app.member, [app.member.name]);
      const headers = { cookie: cookieHeader, origin: 'https://evil.example' };
      equal((await app.ask('/sign-out', { method: 'POST', headers })).status, 403);
      notEqual(await app.store.readSignIn(slot), null);
    },
  },
  {
    name: 'another Host than its own is refused, but not to health checks',
    async run(app) {
      const { port } = new URL(app.member.origin);
      const address = `http://127.0.0.1:${port}`;
      equal((await fetch(`${address}/`)).status, 421);
      equal((await fetch(`${address}/health/live`)).status, 200);
      equal((await fetch(`${address}/health/ready`)).status, 200);
    },
  },
  {
    name: 'with the store down only those who bring a session, and readiness, get a 503',
    async run(app) {
      const { cookieHeader } = await signInVisitor(app, app.member, [app.member.name]);
      await app.store.close();
      equal((await app.ask('/', { headers: { cookie: cookieHeader } })).status, 503);
      equal((await app.ask('/')).status, 200);
      equal((await app.ask('/health/ready')).status, 503);
      equal((await app.ask('/health/live')).status, 200);
    },
  },
  {
    name: 'cookies that open nothing make a visitor, never an error',
    async run(app) {
      const name = app.member.cookie?.name ?? '';
      for (const value of ['', '%', `${'A'.repeat(16)}.${'A'.repeat(43)}`, 'x'.repeat(5000), '"']) {
        const response = await app.ask('/', { headers: { cookie: `${name}=${value}` } });
        equal(response.status, 200, value.slice(0, 20));
      }
    },
  },
];

/** Name and value of the cookies that an answer sets. */
function cookiePairs({ headers }: Response): readonly string[] {
  return headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
}
