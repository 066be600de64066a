// What the adapter contract cannot know of Next.js: the proxy, server components, server actions, what is thrown.
import { deepEqual, equal, match } from 'node:assert/strict';
import { createAppAlone } from '@latchkey/session';
import { createHttpVisitor, signInAs } from '@latchkey/testkit';

const origin = 'https://app.kittens.example';

function appAlone() {
  return createAppAlone({ origin, store: 'memory:' });
}

function visitorOf(port, cookie) {
  const [name, value] = (cookie ?? '').split('=');
  const cookies = cookie === undefined ? new Map() : new Map([[name, value]]);
  return createHttpVisitor(port, new URL(origin).host, cookies);
}

async function started(adapter, check) {
  const app = appAlone();
  const server = await adapter.start(app);
  try {
    await check(app, server.port);
  } finally {
    await server.close();
  }
}

const cases = {
  'a server component knows who is there': (adapter) =>
    started(adapter, async (app, port) => {
      match((await visitorOf(port).ask('/page-for-people')).text, /Hello (<!-- -->)?stranger/);
      const { cookie } = await signInAs(app, {}, { data: { note: 'milk' } });
      const { text } = await visitorOf(port, cookie).ask('/page-for-people');
      match(text, /Hello (<!-- -->)?Ada/);
      match(text, /Note: (<!-- -->)?milk/);
    }),

  'the proxy asks for a sign-in in front of protected pages': (adapter) =>
    started(adapter, async (app, port) => {
      equal((await visitorOf(port).ask('/private-page')).status, 401);
      const { cookie } = await signInAs(app);
      match((await visitorOf(port, cookie).ask('/private-page')).text, /Private: (<!-- -->)?Ada/);
    }),

  'a server action saves and sets the cookie, also where it ends by redirect()': (adapter) =>
    started(adapter, async (_app, port) => {
      const visitor = visitorOf(port);
      const page = (await visitor.ask('/page-for-people')).text;
      const form = new FormData();
      for (const [, name, value = ''] of page.matchAll(
        /<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?/g,
      )) {
        form.append(name, value);
      }
      form.append('note', 'eggs');
      const encoded = new Response(form);
      const answer = await visitor.ask('/page-for-people', {
        method: 'POST',
        headers: { 'content-type': encoded.headers.get('content-type'), origin },
        body: Buffer.from(await encoded.arrayBuffer()),
      });
      deepEqual([answer.status, answer.cookies.length], [303, 1]);
      match((await visitor.ask('/page-for-people')).text, /Note: (<!-- -->)?eggs/);
    }),

  'a route that ends by redirect() keeps what it changed before': (adapter) =>
    started(adapter, async (_app, port) => {
      const visitor = visitorOf(port);
      const answer = await visitor.ask('/redirecting');
      deepEqual([answer.status, answer.headers.location], [307, '/read']);
      equal((await visitor.ask('/read')).text, '{"redirected":true}');
    }),

  'cookies by cookies().set() and the session’s arrive together': (adapter) =>
    started(adapter, async (_app, port) => {
      const { cookies } = await visitorOf(port).ask('/cookies/next-cookies');
      const names = cookies.map((line) => line.split('=')[0]).sort();
      deepEqual(names, ['__Host-latchkey_session', 'more', 'own']);
    }),
};

export const nextCases = Object.entries(cases).map(([name, run]) => ({ name, run }));
