import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import compression from 'compression';
import express, { type RequestHandler } from 'express';
import { describe, expect, test, vi } from 'vitest';
import { lasting } from '../test/scenario.ts';
import {
  ask,
  cookieOf,
  expressApp,
  type Implementation,
  implementations,
  type Options,
  recordingStore,
  secret,
  serve,
  setCookies,
} from '../test/session-pair.ts';
import { Cookie, Session } from './index.ts';

// What apps do with the original, and with the stores that are made for it, must go on working.

vi.hoisted(() => {
  process.env['NO_DEPRECATION'] = 'express-session';
});

declare module './index.ts' {
  interface SessionData {
    visits: number;
    note: string;
  }
}

const require = createRequire(import.meta.url);
const { ours, original } = implementations;
type Store = NonNullable<Options['store']>;
type Connect = (session: unknown) => new (options: object) => Store & { stopInterval?(): void };

/** A memory store that takes its time, as one over a network does. */
function slowStore(implementation: Implementation, milliseconds: number) {
  let sets = 0;
  class Slow extends implementation.MemoryStore {
    override get(
      ...[id, callback]: Parameters<InstanceType<Implementation['Store']>['get']>
    ): void {
      setTimeout(() => super.get(id, callback), milliseconds);
    }
    override set(
      ...[id, data, callback]: Parameters<InstanceType<Implementation['Store']>['set']>
    ): void {
      sets += 1;
      setTimeout(() => super.set(id, data, callback), milliseconds);
    }
  }
  return { store: new Slow(), sets: () => sets };
}

const visit: RequestHandler = (request, response) => {
  request.session.visits = (request.session.visits ?? 0) + 1;
  response.send(`visit ${request.session.visits}`);
};

describe('requests of one session that wait for one another', () => {
  test('each runs its callbacks in its own AsyncLocalStorage', async () => {
    const { store } = slowStore(ours, 10);
    const current = new AsyncLocalStorage<string>();
    const seen: string[] = [];
    const app = express();
    app.use((request, _response, next) => current.run(request.path, next));
    app.use(ours({ secret, store, resave: false, saveUninitialized: false }));
    app.use((request, response) => {
      request.session.note = request.path;
      request.session.save(() => {
        seen.push(`${request.path} in ${current.getStore()}`);
        response.send('saved');
      });
    });
    await using server = await serve(app);
    const cookie = cookieOf(await ask(server.port, { path: '/begin' }));
    seen.length = 0;
    const paths = ['/a', '/b', '/c', '/d'];
    await Promise.all(paths.map((path) => ask(server.port, { path, headers: { cookie } })));
    expect(seen.sort()).toEqual(paths.map((path) => `${path} in ${path}`));
  });

  test.each([undefined, 0])(
    'ten at a time with `resave: true` are not queued for ten keep-alive saves (renewAfterSeconds: %s)',
    async (renewAfterSeconds) => {
      const { store, sets } = slowStore(ours, 5);
      const options = { secret, store, resave: true, renewAfterSeconds };
      const { listener } = expressApp(ours(options), (request, response) => {
        response.send(`${request.session.visits}`);
      });
      await using server = await serve(listener);
      const cookie = cookieOf(await ask(server.port));
      await sleep(600); // the renewal interval of a store whose lifetime is not known
      const before = sets();
      const together = Array.from({ length: 10 }, () => ask(server.port, { headers: { cookie } }));
      await Promise.all(together);
      expect(sets() - before).toBeGreaterThanOrEqual(1);
      expect(sets() - before).toBeLessThanOrEqual(2);
    },
  );
});

/** The same requests to an app of each: whether each answer set the cookie, and what the last one said. */
async function cookiesOf(
  implementation: Implementation,
  open: (session: unknown) => Store,
  more: Partial<Options> = {},
) {
  const store = open(implementation);
  const { listener } = expressApp(
    implementation({ secret, store, cookie: lasting, ...more }),
    (request, response, next) => {
      if (request.method === 'PUT') visit(request, response, next);
      else response.send(`${request.session.visits}`);
    },
  );
  await using server = await serve(listener);
  const first = await ask(server.port, { method: 'PUT' });
  const headers = { cookie: cookieOf(first) };
  const answers = [first];
  for (const method of ['GET', 'GET', 'PUT', 'GET']) {
    answers.push(await ask(server.port, { method, headers }));
  }
  return answers.map((answer) => [answer.body, setCookies(answer).length]);
}

describe('a store that changes the session inside `set` lets the cookie slide as with the original', () => {
  test.each([true, false])('session-file-store, resave: %s', async (resave) => {
    const path = await mkdtemp(join(tmpdir(), 'latchkey-file-store-'));
    const open = (session: unknown): Store => {
      const FileStore = (require('session-file-store') as Connect)(session);
      return new FileStore({ path, retries: 0, reapInterval: -1, logFn: () => undefined });
    };
    const theirs = await cookiesOf(original, open, { resave });
    expect(await cookiesOf(ours, open, { resave })).toEqual(theirs);
    expect(theirs.at(-1)).toEqual(['2', resave ? 1 : 0]);
    await rm(path, { recursive: true, force: true });
  });

  /** As connect-mongo with `touchAfter`: `get` gives what `set` takes away from the session. */
  test.each([true, false])('a store that takes its own mark away, resave: %s', async (resave) => {
    const open = (session: unknown): Store => {
      class Marking extends (session as Implementation).MemoryStore {
        override get(...[id, callback]: Parameters<InstanceType<Implementation['Store']>['get']>) {
          super.get(id, (error, found) =>
            callback(error, found && Object.assign(found, { lastModified: new Date(0) })),
          );
        }
        override set(
          ...[id, data, callback]: Parameters<InstanceType<Implementation['Store']>['set']>
        ) {
          Reflect.deleteProperty(data, 'lastModified');
          super.set(id, data, callback);
        }
      }
      return new Marking();
    };
    const theirs = await cookiesOf(original, open, { resave });
    expect(await cookiesOf(ours, open, { resave })).toEqual(theirs);
    expect(theirs.at(-1)).toEqual(['2', resave ? 1 : 0]);
  });
});

describe('an object around `req.session`', () => {
  const wraps: Readonly<Record<string, (session: object) => object>> = {
    'a Proxy': (session) => new Proxy(session, {}),
    'a Proxy that gives proxies of what is inside': (session) => deepProxy(session),
    'an object that inherits from it': (session) => Object.create(session),
  };

  for (const [name, wrap] of Object.entries(wraps)) {
    test(`${name} has its methods, its data and its changes`, async () => {
      const store = recordingStore(ours);
      const around: RequestHandler = (request, _response, next) => {
        (request as { session: object }).session = wrap(request.session);
        next();
      };
      const app = express();
      app.use(ours({ secret, store, resave: false, saveUninitialized: false }), around);
      app.get('/visit', visit);
      app.get('/save', (request, response) => {
        request.session.note = 'saved';
        request.session.touch().save((error) => response.send(`${error} ${request.session.id}`));
      });
      app.get('/destroy', (request, response) => {
        request.session.destroy((error) => response.send(`${error} ${request.session}`));
      });
      await using server = await serve(app);
      const first = await ask(server.port, { path: '/visit' });
      const headers = { cookie: cookieOf(first) };
      expect((await ask(server.port, { path: '/visit', headers })).body).toBe('visit 2');
      const saved = await ask(server.port, { path: '/save', headers });
      const [id] = Object.keys(store.records());
      expect(saved.body).toBe(`undefined ${id}`);
      const record = store.records()[`${id}`] as Record<string, unknown>;
      expect(record).toMatchObject({ visits: 2, note: 'saved', cookie: { path: '/' } });
      const gone = await ask(server.port, { path: '/destroy', headers });
      expect(gone.body).toBe('undefined undefined');
      expect(store.records()).toEqual({});
    });
  }
});

function deepProxy<Target extends object>(target: Target): Target {
  return new Proxy(target, {
    get: (inside, key) => {
      const value: unknown = Reflect.get(inside, key);
      return typeof value === 'object' && value !== null && key !== 'req'
        ? deepProxy(value)
        : value;
    },
  });
}

test('`touch()` by the app renews the record also where it was renewed a moment ago', async () => {
  const store = recordingStore(ours);
  const { listener } = expressApp(
    ours({ secret, store, resave: false, saveUninitialized: false, cookie: lasting }),
    (request, response, next) => {
      if (request.path === '/touch') request.session.touch();
      if (request.path === '/visit') visit(request, response, next);
      else response.send('ok');
    },
  );
  await using server = await serve(listener);
  const headers = { cookie: cookieOf(await ask(server.port, { path: '/visit' })) };
  store.calls.length = 0;
  await ask(server.port, { path: '/look', headers });
  expect(store.calls.filter((call) => call.startsWith('touch'))).toEqual([]);
  await ask(server.port, { path: '/touch', headers });
  expect(store.calls.filter((call) => call.startsWith('touch'))).toHaveLength(1);
});

test("a store's own shorter lifetime does not end a session in use (memorystore, `ttl` of two seconds)", async () => {
  const CappedStore = (require('memorystore') as Connect)(ours);
  const store = new CappedStore({ ttl: 2_000, checkPeriod: 60_000 });
  const { listener } = expressApp(
    ours({ secret, store, resave: false, saveUninitialized: false, cookie: lasting }),
    (request, response, next) => {
      if (request.method === 'PUT') visit(request, response, next);
      else response.send(`${request.session.visits}`);
    },
  );
  await using server = await serve(listener);
  const headers = { cookie: cookieOf(await ask(server.port, { method: 'PUT' })) };
  for (let round = 0; round < 6; round += 1) {
    await sleep(600);
    expect((await ask(server.port, { headers })).body).toBe('1');
  }
  store.stopInterval?.();
});

test('options that are null are read as the original reads them', async () => {
  const nothing = null as never;
  const nulls = {
    cookie: nothing,
    genid: nothing,
    name: nothing,
    key: nothing,
    proxy: nothing,
    resave: nothing,
    rolling: nothing,
    saveUninitialized: nothing,
    unset: nothing,
  };
  const answersOf = async (implementation: Implementation) => {
    const store = recordingStore(implementation);
    const options = { secret, store, ...nulls, renewAfterSeconds: nothing, onEvent: nothing };
    const { listener } = expressApp(implementation(options), (request, response, next) => {
      if (request.method === 'PUT') visit(request, response, next);
      else response.send('seen');
    });
    await using server = await serve(listener);
    const seen = await ask(server.port);
    const put = await ask(server.port, { method: 'PUT' });
    const again = await ask(server.port, { headers: { cookie: cookieOf(put) } });
    const names = [seen, put, again].map((answer) => cookieOf(answer).split('=')[0]);
    return { names, records: Object.keys(store.records()).length };
  };
  expect(await answersOf(ours)).toEqual(await answersOf(original));
  expect((await answersOf(ours)).names).toEqual(['', 'connect.sid', '']);
  expect(() => ours(nothing)).not.toThrow();
});

test('the middleware has the name of the original', () => {
  expect(ours({ secret }).name).toBe(original({ secret }).name);
  expect(new Session({ sessionID: 'x' }).id).toBe('x');
  expect(new Cookie(null).path).toBe('/');
});

describe('a redirect never overtakes the save', () => {
  const orders: Readonly<Record<string, (session: RequestHandler) => RequestHandler[]>> = {
    'on its own': (session) => [session],
    'under compression() before the session': (session) => [compression({ threshold: 0 }), session],
    'under compression() after the session': (session) => [session, compression({ threshold: 0 })],
  };
  for (const [name, order] of Object.entries(orders)) {
    test(name, async () => {
      const { store, sets } = slowStore(ours, 30);
      const { listener } = expressApp(
        (_request, _response, next) => next(),
        (request, response) => {
          request.session.note = 'kept';
          if (request.path === '/written') {
            response.writeHead(302, { location: '/next' });
            response.flushHeaders();
            response.write('on the way');
            response.end();
          } else response.redirect('/next');
        },
        order(ours({ secret, store, resave: false, saveUninitialized: false })),
      );
      await using server = await serve(listener);
      for (const path of ['/', '/written']) {
        const before = Object.keys(store.sessions).length;
        const saved = await storedAtFirstByte(
          server.port,
          path,
          () => Object.keys(store.sessions).length,
        );
        expect(saved).toBe(before + 1);
      }
      expect(sets()).toBe(2);
    });
  }
});

/** What `look` says when the first byte of the answer arrives. */
function storedAtFirstByte(port: number, path: string, look: () => number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n`,
      ),
    );
    socket.once('data', () => {
      resolve(look());
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
