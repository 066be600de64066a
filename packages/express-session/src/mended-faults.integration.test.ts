import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { LatchkeyEvent } from '@latchkey/session';
import type { Request, RequestHandler, Response } from 'express';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  ask,
  cookieOf,
  expressApp,
  implementations,
  type Options,
  type RecordingStore,
  recordingStore,
  secret,
  serve,
  setCookies,
} from '../test/session-pair.ts';
import type { SessionData } from './index.ts';

vi.hoisted(() => {
  process.env['NO_DEPRECATION'] = 'express-session';
});

declare module './index.ts' {
  interface SessionData {
    mine: number;
    theirs: number;
    nested: { deep: number };
    list: number[];
  }
}

const { ours } = implementations;

/** An app on a memory store whose requests can be held up inside the app. */
async function start(
  respond: RequestHandler,
  more: Partial<Options> = {},
  store = recordingStore(ours),
) {
  const events: LatchkeyEvent[] = [];
  const options: Options = {
    secret,
    store,
    resave: false,
    saveUninitialized: false,
    onEvent: (event) => events.push(event),
  };
  const { listener, errors } = expressApp(ours({ ...options, ...more }), respond);
  const server = await serve(listener);
  return { ...server, store, events, errors };
}

/** Handlers by path; those that wait do so until `open` is called. */
function held(handlers: Record<string, (...args: Parameters<RequestHandler>) => void>) {
  const waiting = new Map<string, () => void>();
  const arrivals = new Map<string, () => void>();
  const respond: RequestHandler = async (request, response, next) => {
    const [, name = '', wait] = request.path.split('/');
    if (wait !== undefined) {
      await new Promise<void>((resolve) => {
        waiting.set(name, resolve);
        arrivals.get(name)?.();
      });
    }
    handlers[name]?.(request, response, next);
  };
  return {
    respond,
    arrived: (name: string) => new Promise<void>((resolve) => arrivals.set(name, resolve)),
    open: (name: string) => waiting.get(name)?.(),
  };
}

const begin: RequestHandler = (request, response) => {
  request.session.mine = 1;
  response.send(request.session.id);
};
const show: RequestHandler = (request, response) => void response.json(request.session);

/** Asks one, and before it goes on the others. */
async function during(
  port: number,
  {
    cookie,
    gate,
    slow,
    meanwhile,
  }: { cookie: string; gate: ReturnType<typeof held>; slow: string; meanwhile: readonly string[] },
) {
  const arrived = gate.arrived(slow);
  const answer = ask(port, { path: `/${slow}/wait`, headers: { cookie } });
  await arrived;
  for (const path of meanwhile) await ask(port, { path: `/${path}`, headers: { cookie } });
  gate.open(slow);
  return await answer;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('two requests of one session', () => {
  const gate = held({
    begin: (request, response, next) => void begin(request, response, next),
    show: (request, response, next) => void show(request, response, next),
    mine: (request, response) => {
      request.session.mine = 2;
      request.session.list = [...(request.session.list ?? []), 1];
      response.send('mine');
    },
    theirs: (request, response) => {
      request.session.theirs = 2;
      response.send('theirs');
    },
    remove: (request, response) => {
      Reflect.deleteProperty(request.session, 'mine');
      response.send('removed');
    },
    remember: (request, response) => {
      request.session.cookie.maxAge = 1_000_000;
      request.session.theirs = 3;
      response.send('remembered');
    },
    save: (request, response) => {
      request.session.theirs = 4;
      request.session.save((error) => response.send(`${error} ${request.session.mine}`));
    },
    destroy: (request, response) => void request.session.destroy(() => response.send('gone')),
    regenerate: (request, response) =>
      void request.session.regenerate(() => response.send('other')),
  });

  async function signedIn(more: Partial<Options> = {}) {
    const server = await start(gate.respond, more);
    const cookie = cookieOf(await ask(server.port, { path: '/begin' }));
    const look = async (): Promise<Record<string, unknown>> =>
      JSON.parse((await ask(server.port, { path: '/show', headers: { cookie } })).body);
    return { ...server, cookie, look };
  }

  for (const resave of [true, false]) {
    test(`that change different keys both survive (resave: ${resave})`, async () => {
      await using app = await signedIn({ resave });
      await during(app.port, { ...app, gate, slow: 'theirs', meanwhile: ['mine'] });
      expect(await app.look()).toMatchObject({ mine: 2, theirs: 2, list: [1] });
    });

    test(`one of which changes nothing: it writes nothing back (resave: ${resave})`, async () => {
      await using app = await signedIn({ resave, renewAfterSeconds: 0 });
      await during(app.port, { ...app, gate, slow: 'show', meanwhile: ['mine'] });
      expect(await app.look()).toMatchObject({ mine: 2 });
    });
  }

  test('one of which removes a key: it stays removed', async () => {
    await using app = await signedIn();
    await during(app.port, { ...app, gate, slow: 'theirs', meanwhile: ['remove'] });
    expect(await app.look()).not.toHaveProperty('mine');
    expect(await app.look()).toMatchObject({ theirs: 2 });
  });

  test('that both change a key: the later one counts', async () => {
    await using app = await signedIn();
    await during(app.port, { ...app, gate, slow: 'remember', meanwhile: ['theirs'] });
    expect(await app.look()).toMatchObject({ theirs: 3 });
  });

  test('one of which gives the session a longer life: it stays longer', async () => {
    await using app = await signedIn({ cookie: { maxAge: 60_000 } });
    await during(app.port, { ...app, gate, slow: 'mine', meanwhile: ['remember'] });
    expect(await app.look()).toMatchObject({
      mine: 2,
      theirs: 3,
      cookie: { originalMaxAge: 1_000_000 },
    });
  });

  test('one of which saves by itself: that is merged as well, and what the app holds stays as it was', async () => {
    await using app = await signedIn();
    const answer = await during(app.port, { ...app, gate, slow: 'save', meanwhile: ['mine'] });
    expect(answer.body).toBe('undefined 1');
    expect(await app.look()).toMatchObject({ mine: 2, theirs: 4 });
  });

  for (const end of ['destroy', 'regenerate']) {
    for (const slow of ['mine', 'save', 'show']) {
      test(`one of which ends it (${end}): the other (${slow}) does not bring it back`, async () => {
        await using app = await signedIn({ resave: true, renewAfterSeconds: 0 });
        const answer = await during(app.port, { ...app, gate, slow, meanwhile: [end] });
        expect(answer.status).toBe(200);
        expect(await app.look()).not.toHaveProperty('mine');
        expect(app.store.sessions).not.toHaveProperty(idIn(app.cookie));
        expect(app.events).toEqual([{ type: 'session.save-lost' }]);
      });
    }
  }

  test('that end together: a hundred of them lose nothing within one process', async () => {
    const count = 100;
    await using app = await start(
      (request, response) => {
        const key = request.path.slice(1);
        Reflect.set(request.session, key, 1);
        response.send(key);
      },
      {},
      slowStore(),
    );
    const cookie = cookieOf(await ask(app.port, { path: '/first' }));
    const keys = Array.from({ length: count }, (_, number) => `key${number}`);
    await Promise.all(keys.map((key) => ask(app.port, { path: `/${key}`, headers: { cookie } })));
    const record = Object.values(app.store.records())[0] as object;
    expect(Object.keys(record).sort()).toEqual(['cookie', 'first', ...keys].sort());
  });
});

/** Answers a little later, so that requests are under way together. */
function slowStore(): RecordingStore {
  const store = recordingStore(ours);
  const { get, set } = store;
  store.get = (...args) => void setTimeout(() => get.apply(store, args), 5);
  store.set = (...args) => void setTimeout(() => set.apply(store, args), 5);
  return store;
}

function idIn(cookie: string): string {
  return /s%3A(.*?)\./.exec(cookie)?.[1] ?? '';
}

describe('a session that does not change', () => {
  test('is read, and neither written nor touched until a twentieth of its life, or a minute, went by', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    for (const [resave, renewal] of [
      [true, 'set'],
      [false, 'touch'],
    ] as const) {
      await using app = await start(begin, { resave, cookie: { maxAge: 600_000 } });
      const cookie = cookieOf(await ask(app.port));
      const look = async (after: number) => {
        vi.setSystemTime(Date.now() + after);
        app.store.calls.splice(0);
        await ask(app.port, { headers: { cookie } });
        return app.store.calls.map((call) => call.split(' ')[0]);
      };
      expect(await look(10_000)).toEqual(['get']);
      expect(await look(19_000)).toEqual(['get']);
      expect(await look(2_000)).toContain(renewal);
      expect(await look(29_000)).toEqual(['get']);
      expect(await look(2_000)).toContain(renewal);
    }
  });

  test('that is used all the time does not run out', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await using app = await start(begin, { cookie: { maxAge: 60_000 } });
    const first = await ask(app.port);
    const cookie = cookieOf(first);
    for (let second = 0; second < 600; second += 25) {
      vi.setSystemTime(Date.now() + 25_000);
      expect((await ask(app.port, { headers: { cookie } })).body).toBe(first.body);
    }
  });

  test('of which a renewal failed is renewed with the next request', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await using app = await start(begin, { cookie: { maxAge: 600_000 } });
    const cookie = cookieOf(await ask(app.port));
    vi.setSystemTime(Date.now() + 40_000);
    const { touch } = app.store;
    app.store.touch = (_id, _data, callback?: (error?: unknown) => void) =>
      callback?.(new Error('down'));
    await ask(app.port, { headers: { cookie } });
    app.store.touch = touch;
    app.store.calls.splice(0);
    await ask(app.port, { headers: { cookie } });
    expect(app.store.calls.some((call) => call.startsWith('touch'))).toBe(true);
  });
});

describe('the answer', () => {
  test('is not on its way before the session is saved: who follows a redirect finds it', async () => {
    const saved = Promise.withResolvers<void>();
    const store = recordingStore(ours);
    const { set } = store;
    store.set = (...args) => void saved.promise.then(() => set.apply(store, args));
    await using app = await start(
      (request, response) => {
        request.session.mine = 1;
        response.redirect('/next');
      },
      {},
      store,
    );
    const socket = connect(app.port, '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    );
    let received = '';
    socket.on('data', (chunk) => {
      received += String(chunk);
    });
    await sleep(50);
    expect(received).toBe('');
    saved.resolve();
    await vi.waitFor(() => expect(received).toContain('302 Found'));
    socket.destroy();
  });

  test('waits for a save that the app began and did not wait for', async () => {
    const store = slowStore();
    await using app = await start(
      (request, response) => {
        request.session.mine = 1;
        request.session.save();
        response.redirect('/next');
      },
      {},
      store,
    );
    const answer = await ask(app.port);
    expect(store.records()).toHaveProperty(idIn(cookieOf(answer)));
    expect(store.calls).toHaveLength(1);
  });

  test('calls back the app that asked to be told of its end', async () => {
    let ends = 0;
    await using app = await start((request, response) => {
      request.session.mine = (request.session.mine ?? 0) + 1;
      response.end('hello', 'utf8', () => {
        ends += 1;
      });
    });
    expect((await ask(app.port)).body).toBe('hello');
    await vi.waitFor(() => expect(ends).toBe(1));
  });

  test('with lists of pairs as headers keeps every pair, and the session cookie (CVE-2025-7339)', async () => {
    await using app = await start((request, response) => {
      request.session.mine = 1;
      response.setHeader('X-Tea', 'no');
      const pairs = [
        ['Set-Cookie', 'own=1'],
        ['Set-Cookie', 'more=2'],
        ['X-Tea', 'yes'],
      ];
      response.writeHead(200, pairs as never).end('hello');
    });
    const answer = await ask(app.port);
    expect(setCookies(answer).map((line) => line.split('=')[0])).toEqual([
      'own',
      'more',
      'connect.sid',
    ]);
    expect(answer.headers['x-tea']).toBe('yes');
  });

  test('that Node refuses to send is an error of the app, not the end of the process', async () => {
    await using app = await start(
      (request, response) => {
        request.session.mine = 1;
        response.end({ not: 'a chunk' } as never);
      },
      {},
      slowStore(),
    );
    const socket = connect(app.port, '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    );
    socket.on('error', () => undefined).resume();
    await vi.waitFor(() => expect(app.errors).toEqual(['after the headers']));
    socket.destroy();
  });

  test('to a session that JSON cannot hold is an error that the app is told of', async () => {
    await using app = await start((request, response) => {
      Reflect.set(request.session, 'circle', request.session);
      response.send('never');
    });
    expect((await ask(app.port)).status).toBe(500);
  });

  test('is given although the store fails with an exception', async () => {
    const store = recordingStore(ours);
    await using app = await start(
      (request, response) => {
        request.session.mine = (request.session.mine ?? 0) + 1;
        response.send('done');
      },
      {},
      store,
    );
    const cookie = cookieOf(await ask(app.port));
    store.set = () => {
      throw new Error('broken store');
    };
    expect((await ask(app.port, { headers: { cookie } })).body).toBe('done');
    await vi.waitFor(() => expect(app.errors).toEqual(['after the headers']));
  });
});

describe('several middlewares', () => {
  test('on one store each keep their own cookies', async () => {
    const store = recordingStore(ours);
    const options: Options = { secret, store, resave: false, saveUninitialized: true };
    const first = ours({
      ...options,
      name: 'first',
      cookie: { path: '/first', maxAge: 1_000_000 },
    });
    const second = ours({ ...options, name: 'second', cookie: { path: '/second' } });
    const { listener } = expressApp(
      first,
      (request, response) => void response.send(`${request.session.cookie.path}`),
      [second],
    );
    await using server = await serve(listener);
    const answer = await ask(server.port, { path: '/first' });
    expect(answer.body).toBe('/first');
    expect(setCookies(answer)[0]).toMatch(/^first=.*Path=\/first; Expires=/);
    expect((await ask(server.port, { path: '/second' })).body).toBe('/second');
  });

  test('options that say auto do so also when a function gives them', async () => {
    await using app = await start(begin, { cookie: () => ({ secure: 'auto', sameSite: 'auto' }) });
    expect(setCookies(await ask(app.port))[0]).toMatch(/; SameSite=Lax$/);
  });
});

test('what a store cannot do is told when nobody waits for it', async () => {
  const store = recordingStore(ours);
  await using app = await start(
    (request, response) => {
      if (request.path === '/out') request.session.destroy();
      else request.session.mine = 1;
      response.send('done');
    },
    {},
    store,
  );
  const cookie = cookieOf(await ask(app.port));
  const cause = new Error('down');
  store.destroy = (_id, callback) => callback?.(cause);
  expect((await ask(app.port, { path: '/out', headers: { cookie } })).status).toBe(200);
  expect(app.events).toEqual([{ type: 'store.unavailable', reason: 'session', cause }]);
});

test('a session that the app ended and still holds is not saved', async () => {
  await using app = await start((request, response) => {
    const held = request.session;
    held.mine = 1;
    if (request.path === '/regenerate') {
      held.regenerate(() => held.save(() => response.send('other')));
    } else if (request.path === '/destroy') {
      held.destroy(() => held.save(() => response.send('gone')));
    } else response.send('begun');
  });
  for (const path of ['/regenerate', '/destroy']) {
    const cookie = cookieOf(await ask(app.port));
    expect((await ask(app.port, { path, headers: { cookie } })).status).toBe(200);
    expect(app.store.sessions).not.toHaveProperty(idIn(cookie));
  }
  expect(app.events).toEqual([{ type: 'session.save-lost' }, { type: 'session.save-lost' }]);
});

test('a session that was loaded anew, and ended elsewhere, is not brought back by saving the one before', async () => {
  await using app = await start((request, response) => {
    const before = request.session;
    before.mine = 1;
    if (request.path !== '/reload') return void response.send('begun');
    before.reload(() => {
      // What another request that signs out does meanwhile.
      request.sessionStore.destroy(request.sessionID, () => {
        before.save(() => response.send('late'));
      });
    });
  });
  const cookie = cookieOf(await ask(app.port));
  expect((await ask(app.port, { path: '/reload', headers: { cookie } })).status).toBe(200);
  expect(app.store.sessions).not.toHaveProperty(idIn(cookie));
  expect(app.events).toEqual([{ type: 'session.save-lost' }]);
});

test('a store that throws or calls back twice neither stops the app nor holds up the session', async () => {
  const store = recordingStore(ours);
  await using app = await start(
    (request, response) => {
      if (request.path === '/out') request.session.destroy((error) => response.send(`${error}`));
      else {
        request.session.mine = (request.session.mine ?? 0) + 1;
        response.send('saved');
      }
    },
    {},
    store,
  );
  const cookie = cookieOf(await ask(app.port));
  const { set, destroy } = store;
  store.set = (id, data, callback) => {
    set.call(store, id, data, () => {
      callback?.();
      callback?.();
    });
  };
  expect((await ask(app.port, { headers: { cookie } })).body).toBe('saved');
  store.destroy = () => {
    throw new Error('broken');
  };
  expect((await ask(app.port, { path: '/out', headers: { cookie } })).body).toBe('Error: broken');
  store.destroy = destroy;
  expect((await ask(app.port, { path: '/out', headers: { cookie } })).body).toBe('undefined');
  expect(app.store.sessions).toEqual({});
});

test('a socket that was opened under a session can read it again and save it', async () => {
  const store = recordingStore(ours);
  const middleware = ours({ secret, store, resave: false, saveUninitialized: false });
  await using server = await serve(expressApp(middleware, begin).listener);
  const cookie = cookieOf(await ask(server.port));
  // As libraries for sockets do it: with a response that is none.
  const request = { headers: { cookie }, url: '/', socket: {} } as unknown as Request;
  await new Promise((resolve) => middleware(request, {} as Response, resolve));
  expect(request.session.mine).toBe(1);
  store.set(idIn(cookie), { ...(store.records()[idIn(cookie)] as SessionData), theirs: 5 });
  request.session.mine = 7;
  await promisify(request.session.save.bind(request.session))();
  await promisify(request.session.reload.bind(request.session))();
  expect(request.session).toMatchObject({ mine: 7, theirs: 5 });
});

describe('a cookie on an answer that shared caches keep, CVE-2023-30861', () => {
  const says: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    '/public': { 'Cache-Control': 'public, max-age=60' },
    '/cdn': { 'CDN-Cache-Control': 'max-age=60' },
    '/silent': {},
  };
  const respond: RequestHandler = (request, response) => {
    if (request.query['mine']) request.session.mine = 1;
    response.set(says[request.path] ?? {}).send('x');
  };

  test('a new one makes the answer private; where nothing is said of caches nothing is', async () => {
    await using app = await start(respond);
    for (const [path, expected] of [
      ['/public', 'private, max-age=60'],
      ['/cdn', 'private'],
      ['/silent', undefined],
    ] as const) {
      const answer = await ask(app.port, { path: `${path}?mine=1` });
      expect(setCookies(answer)).toHaveLength(1);
      expect([path, answer.headers['cache-control']]).toEqual([path, expected]);
      expect(answer.headers['cdn-cache-control']).toBe(undefined);
    }
  });

  test('with `rolling` it waits for the next answer', async () => {
    await using app = await start(respond, { rolling: true, cookie: { maxAge: 60_000 } });
    const cookie = cookieOf(await ask(app.port, { path: '/silent?mine=1' }));
    for (const path of ['/public', '/cdn']) {
      const answer = await ask(app.port, { path, headers: { cookie } });
      expect([path, setCookies(answer)]).toEqual([path, []]);
      expect(answer.headers).toMatchObject(
        Object.fromEntries(
          Object.entries(says[path] ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
        ),
      );
      expect(
        setCookies(await ask(app.port, { path: '/silent', headers: { cookie } })),
      ).toHaveLength(1);
    }
  });
});
