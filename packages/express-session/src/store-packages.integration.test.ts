import { createRequire } from 'node:module';
import { startPostgresServer, startRedisServer } from '@latchkey/testkit';
import { createClient } from '@redis/client';
import { RedisStore } from 'connect-redis';
import type { RequestHandler } from 'express';
import { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ask,
  cookieOf,
  expressApp,
  type Implementation,
  implementations,
  type Options,
  secret,
  serve,
} from '../test/session-pair.ts';
import * as subpath from './index.ts';

vi.hoisted(() => {
  process.env['NO_DEPRECATION'] = 'express-session';
});

declare module './index.ts' {
  interface SessionData {
    person: string;
    cart: string[];
    theme: string;
  }
}

const redisProgram = process.env['LATCHKEY_TEST_REDIS_SERVER'];
const postgresProgram = process.env['LATCHKEY_TEST_POSTGRES'];

type Store = NonNullable<Options['store']>;
/** What connect-pg-simple exports: the old form, which takes the middleware to find its base class. */
type Connect = (session: unknown) => new (options: object) => Store & { close(): Promise<void> };
const connectPgSimple = createRequire(import.meta.url)('connect-pg-simple') as Connect;

/** A store package on a real server, and what lies there. */
interface Opened {
  readonly store: Store;
  /** Seconds until the record runs out; null where there is none. */
  secondsLeft(id: string): Promise<number | null>;
  /** Lets the record run out so soon. */
  shorten(id: string, seconds: number): Promise<void>;
  close(): Promise<void>;
}

async function openRedis(): Promise<Opened> {
  const server = await startRedisServer({
    ...(redisProgram !== undefined && { program: redisProgram }),
  });
  const client = createClient({ url: server.url });
  await client.connect();
  return {
    // It extends the Store of express-session itself, which it imports.
    store: new RedisStore({ client }),
    secondsLeft: async (id) => {
      const seconds = await client.ttl(`sess:${id}`);
      return seconds < 0 ? null : seconds;
    },
    shorten: async (id, seconds) => void (await client.expire(`sess:${id}`, seconds)),
    close: async () => {
      client.destroy();
      await server.stop();
    },
  };
}

async function openPostgres(session: unknown): Promise<Opened> {
  const server = await startPostgresServer({
    ...(postgresProgram !== undefined && { program: postgresProgram }),
  });
  const pool = new Pool({ connectionString: server.url });
  const PgStore = connectPgSimple(session);
  const store = new PgStore({ pool, createTableIfMissing: true, pruneSessionInterval: false });
  return {
    store,
    secondsLeft: async (id) => {
      const { rows } = await pool.query(
        'select extract(epoch from expire - now())::int as left from session where sid = $1',
        [id],
      );
      return rows[0]?.left ?? null;
    },
    shorten: async (id, seconds) => {
      const later = 'update session set expire = now() + make_interval(secs => $2) where sid = $1';
      await pool.query(later, [id, seconds]);
    },
    close: async () => {
      await store.close();
      await pool.end();
      await server.stop();
    },
  };
}

const packages: readonly { name: string; open: () => Promise<Opened> }[] = [
  { name: 'connect-redis', open: openRedis },
  { name: 'connect-pg-simple, given session', open: () => openPostgres(subpath.session) },
  { name: 'connect-pg-simple, given what require() returns', open: () => openPostgres(subpath) },
];

/** Lets a request wait inside the app until the test says so. */
function createGate() {
  const arrived = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return { arrived, opened };
}

for (const { name, open } of packages) {
  describe(name, () => {
    let opened: Opened;
    let gates: Record<string, ReturnType<typeof createGate>>;

    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => {
      await opened.close();
    });
    beforeEach(() => {
      gates = { cart: createGate(), theme: createGate() };
    });

    const respond: RequestHandler = async (request, response) => {
      const { session } = request;
      const action = request.path.slice(1);
      const gate = request.query['wait'] === undefined ? undefined : gates[action];
      gate?.arrived.resolve();
      await gate?.opened.promise;
      if (action === 'sign-in') {
        return void session.regenerate(() => {
          request.session.person = 'ada';
          response.json({ id: request.session.id });
        });
      }
      if (action === 'sign-out') return void session.destroy(() => response.json({}));
      if (action === 'cart') session.cart = [...(session.cart ?? []), 'yarn'];
      if (action === 'theme') session.theme = 'dark';
      response.json({
        id: session.id,
        person: session.person ?? null,
        cart: session.cart,
        theme: session.theme,
      });
    };

    function app(implementation: Implementation, more: Partial<Options> = {}) {
      const { store } = opened;
      const options: Options = {
        secret,
        store,
        resave: false,
        saveUninitialized: false,
        cookie: { maxAge: 3_600_000 },
      };
      return serve(expressApp(implementation({ ...options, ...more }), respond).listener);
    }

    async function signIn(port: number): Promise<{ id: string; cookie: string }> {
      const answer = await ask(port, { path: '/sign-in' });
      return { id: JSON.parse(answer.body).id, cookie: cookieOf(answer) };
    }

    async function look(port: number, cookie: string, path = '/me') {
      return JSON.parse((await ask(port, { path, headers: { cookie } })).body);
    }

    test('people whom express-session signed in stay signed in with the drop-in, and the other way round', async () => {
      await using original = await app(implementations.original);
      await using ours = await app(implementations.ours);
      const before = await signIn(original.port);
      expect(await look(ours.port, before.cookie)).toMatchObject({ id: before.id, person: 'ada' });
      await look(ours.port, before.cookie, '/cart');
      expect(await look(original.port, before.cookie)).toMatchObject({ cart: ['yarn'] });
      const after = await signIn(ours.port);
      expect(await look(original.port, after.cookie)).toMatchObject({
        id: after.id,
        person: 'ada',
      });
      await look(original.port, after.cookie, '/theme');
      expect(await look(ours.port, after.cookie)).toMatchObject({ person: 'ada', theme: 'dark' });
    });

    test('parallel requests that change different keys both survive', async () => {
      await using server = await app(implementations.ours);
      const { cookie } = await signIn(server.port);
      const slow = look(server.port, cookie, '/theme?wait');
      await gates['theme']?.arrived.promise;
      await look(server.port, cookie, '/cart');
      gates['theme']?.opened.resolve();
      await slow;
      expect(await look(server.port, cookie)).toMatchObject({ cart: ['yarn'], theme: 'dark' });
    });

    for (const end of ['/sign-out', '/sign-in']) {
      test(`a slow request does not bring back a session that ${end} ended meanwhile`, async () => {
        const events: string[] = [];
        await using server = await app(implementations.ours, {
          onEvent: ({ type }) => events.push(type),
        });
        const { id, cookie } = await signIn(server.port);
        const slow = look(server.port, cookie, '/cart?wait');
        await gates['cart']?.arrived.promise;
        await look(server.port, cookie, end);
        gates['cart']?.opened.resolve();
        expect(await slow).toMatchObject({ person: 'ada', cart: ['yarn'] });
        expect(await opened.secondsLeft(id)).toBe(null);
        expect(await look(server.port, cookie)).toMatchObject({ person: null });
        expect(events).toEqual(['session.save-lost']);
      });
    }

    test('a session in use is kept alive, and not with every request', async () => {
      await using busy = await app(implementations.ours);
      const { id, cookie } = await signIn(busy.port);
      await opened.shorten(id, 100);
      await look(busy.port, cookie);
      expect(await opened.secondsLeft(id)).toBeLessThanOrEqual(100);
      const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
      await look(busy.port, cookie);
      expect(await opened.secondsLeft(id)).toBeGreaterThan(3_000);
      now.mockRestore();
    });

    test('a longer life given to one session reaches the store at once', async () => {
      await using server = await app(implementations.ours, { cookie: { maxAge: 60_000 } });
      const { id, cookie } = await signIn(server.port);
      expect(await opened.secondsLeft(id)).toBeLessThan(100);
      await using longer = await serve(
        expressApp(
          implementations.ours({
            secret,
            store: opened.store,
            resave: false,
            saveUninitialized: false,
          }),
          (request, response) => {
            request.session.cookie.maxAge = 3_600_000;
            response.send('remembered');
          },
        ).listener,
      );
      await ask(longer.port, { headers: { cookie } });
      expect(await opened.secondsLeft(id)).toBeGreaterThan(3_000);
    });

    test('regenerate and destroy leave nothing behind', async () => {
      await using server = await app(implementations.ours);
      const first = await signIn(server.port);
      const answer = await ask(server.port, {
        path: '/sign-in',
        headers: { cookie: first.cookie },
      });
      expect(await opened.secondsLeft(first.id)).toBe(null);
      await look(server.port, cookieOf(answer), '/sign-out');
      expect(await opened.secondsLeft(JSON.parse(answer.body).id)).toBe(null);
    });
  });
}
