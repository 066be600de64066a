import type { RequestHandler } from 'express';
import type { Asking, Options, RecordingStore } from './session-pair.ts';

/** One request of a scenario. */
export interface Step extends Asking {
  /** Milliseconds that go by before it. */
  readonly after?: number;
  /** The cookie that it brings: the last one that was set (default), none, or another text made of that. */
  readonly cookie?: 'last' | 'none' | ((last: string) => string);
  /** What is done to the store before it. */
  readonly disturb?: (store: RecordingStore, id: string) => void;
}

/** Requests to an app, of which both implementations must make the same. */
export interface Scenario {
  readonly name: string;
  readonly options?: Partial<Options>;
  readonly before?: readonly RequestHandler[];
  readonly app: RequestHandler;
  readonly steps: readonly Step[];
  /** The app shows when the record was renewed last, which may be longer ago than with the original. */
  readonly showsRenewal?: true;
  readonly prepare?: (store: RecordingStore) => void;
}

const minute = 60_000;
const thrice: readonly Step[] = [{}, { after: 2_500 }, { after: 61_000 }];
const lasting = { maxAge: 20 * minute };

declare module '@latchkey/session/express-session' {
  interface SessionData {
    count: number;
    user: { name: string; cookie?: number };
    at: Date;
  }
}

const count: RequestHandler = (request, response) => {
  request.session.count = (request.session.count ?? 0) + 1;
  response.send(`visit ${request.session.count}`);
};
const look: RequestHandler = (request, response) => {
  response.send(`visits: ${request.session?.count ?? 'none'}`);
};
const countOnPut: RequestHandler = (request, response, next) =>
  request.method === 'PUT' ? count(request, response, next) : look(request, response, next);
const countUnlessPut =
  (onPut: (...args: Parameters<RequestHandler>) => void): RequestHandler =>
  (request, response, next) =>
    request.method === 'PUT' ? onPut(request, response, next) : count(request, response, next);
const secureHeader: RequestHandler = (request, _response, next) => {
  Object.defineProperty(request, 'secure', { value: request.headers['x-secure'] === 'true' });
  next();
};
const put: Step = { method: 'PUT' };

export const scenarios: readonly Scenario[] = [
  { name: 'a visitor is counted over requests', app: count, steps: thrice },
  {
    name: 'a cookie with an end is set whenever the session changes',
    options: { cookie: lasting },
    app: count,
    steps: thrice,
  },
  {
    name: 'a cookie with an end is not set for a session that did not change',
    options: { cookie: lasting },
    app: countOnPut,
    steps: [put, ...thrice, put],
  },
  {
    name: 'resave: false',
    options: { resave: false, cookie: lasting },
    app: countOnPut,
    steps: [put, ...thrice, put],
  },
  {
    name: 'resave: false, a cookie without an end',
    options: { resave: false },
    app: countOnPut,
    steps: [put, ...thrice, put],
  },
  {
    name: 'saveUninitialized: false',
    options: { saveUninitialized: false },
    app: countOnPut,
    steps: [{}, put, ...thrice],
  },
  {
    name: 'saveUninitialized: false and resave: false',
    options: { saveUninitialized: false, resave: false, cookie: lasting },
    app: countOnPut,
    steps: [{}, put, ...thrice],
  },
  {
    name: 'rolling',
    options: { rolling: true, cookie: lasting },
    app: countOnPut,
    steps: [put, ...thrice],
  },
  {
    name: 'rolling: nothing for a new session that is not saved',
    options: { rolling: true, saveUninitialized: false, resave: false },
    app: countOnPut,
    steps: [{}, {}, put, ...thrice],
  },
  {
    name: 'a change deep inside a value is seen',
    options: { resave: false },
    app: (request, response) => {
      request.session.user ??= { name: 'ben', cookie: 0 };
      const { user } = request.session;
      user.cookie = (user.cookie ?? 0) + 1;
      response.send(JSON.stringify(request.session.user));
    },
    steps: thrice,
  },
  {
    name: 'a value set to what it was is no change',
    options: { resave: false, cookie: lasting },
    app: (request, response) => {
      request.session.user = { name: 'cat' };
      request.session.at = new Date(0);
      response.send('same');
    },
    steps: thrice,
  },
  {
    name: 'an id that the store does not know gives a new session',
    app: count,
    steps: [{}, { disturb: (store) => store.clear() }, {}],
  },
  {
    name: 'a session that ran out gives a new one',
    options: { cookie: { maxAge: 5_000 } },
    app: count,
    steps: [{}, { after: 4_000 }, { after: 6_000 }],
  },
  {
    name: 'a forged signature gives a new session and asks no store',
    app: count,
    steps: [{}, { cookie: (last) => last.replace(/.....$/, 'AAAAA') }],
  },
  {
    name: 'an unsigned id gives a new session and asks no store',
    options: { name: 'sid' },
    app: count,
    steps: [{}, { cookie: () => 'sid=id-1' }],
  },
  {
    name: 'a quoted cookie is read',
    app: count,
    steps: [{}, { cookie: (last) => last.replace(/=(.*)/, '="$1"') }],
  },
  {
    name: 'a cookie among others is read',
    app: count,
    steps: [{}, { cookie: (last) => `a=1;  ${last} ; xconnect.sid=2` }],
  },
  {
    name: 'the first of several secrets signs, all are accepted',
    options: { secret: ['first', 'second'] },
    app: count,
    steps: [{}, {}],
  },
  { name: 'key is another word for name', options: { key: 'old' }, app: count, steps: [{}, {}] },
  {
    name: 'ids are encoded',
    options: { genid: (request) => `${request.url} %;` },
    app: count,
    steps: [{ path: '/a' }, { path: '/a' }],
  },
  {
    name: "a path that is not the cookie's has no session",
    options: { cookie: { path: '/inside' } },
    app: look,
    steps: [{ path: '/' }, { path: '/inside/x?y=/' }, { path: '/insider' }, { path: '/x/inside' }],
  },
  {
    name: 'options of the cookie may come from a function',
    options: {
      cookie: (request) => ({
        path: `/${request.originalUrl.split('/')[1]}`,
        sameSite: 'lax',
        maxAge: minute,
      }),
    },
    app: count,
    steps: [{ path: '/one/x' }, { path: '/two/x', cookie: 'none' }],
  },
  {
    name: 'every attribute of a cookie is written',
    options: {
      cookie: {
        domain: 'kittens.example',
        path: '/',
        httpOnly: false,
        maxAge: 3_600_000,
        priority: 'high',
        partitioned: true,
        sameSite: 'strict',
      },
    },
    app: count,
    steps: [{}],
  },
  {
    name: 'sameSite true is strict, false is nothing',
    options: { cookie: { sameSite: true } },
    app: count,
    steps: [{}],
  },
  {
    name: 'a secure cookie is not set over a plain connection',
    options: { cookie: { secure: true } },
    app: count,
    steps: [{}, {}],
  },
  {
    name: 'proxy: true believes X-Forwarded-Proto',
    options: { proxy: true, cookie: { secure: true } },
    app: count,
    steps: ['https', 'HTTPS, http', 'http, https', ''].map((proto) => ({
      cookie: 'none',
      headers: { 'x-forwarded-proto': proto },
    })),
  },
  {
    name: 'proxy: false believes nobody',
    options: { proxy: false, cookie: { secure: true } },
    before: [secureHeader],
    app: count,
    steps: [{ headers: { 'x-forwarded-proto': 'https', 'x-secure': 'true' } }],
  },
  {
    name: 'without proxy what Express says counts',
    options: { cookie: { secure: true } },
    before: [secureHeader],
    app: count,
    steps: [{ headers: { 'x-secure': 'true' } }, { headers: { 'x-forwarded-proto': 'https' } }],
  },
  {
    name: 'secure and sameSite auto follow the connection',
    options: { proxy: true, cookie: { secure: 'auto', sameSite: 'auto' } as never },
    app: count,
    steps: [{ headers: { 'x-forwarded-proto': 'https' } }, { cookie: 'none' }],
  },
  {
    name: 'the cookie can be changed by the app',
    options: { proxy: true, cookie: { secure: true } },
    app: (request, response) => {
      request.session.cookie.secure = false;
      request.session.cookie.httpOnly = false;
      request.session.cookie.path = '/x';
      response.send('changed');
    },
    steps: [{}],
  },
  {
    name: 'maxAge of one session can be changed, also far away',
    options: { cookie: lasting, resave: false },
    app: (request, response) => {
      request.session.count = (request.session.count ?? 0) + 1;
      if (request.session.count === 2) request.session.cookie.maxAge = 5_000;
      if (request.session.count === 3) request.session.cookie.maxAge = 3_000_000_000;
      response.send(`${request.session.cookie.originalMaxAge} ${request.session.cookie.maxAge}`);
    },
    steps: [{}, { after: 1_000 }, { after: 1_000 }, { after: 1_000 }],
  },
  {
    name: 'maxAge alone can be changed',
    options: { cookie: lasting, resave: false },
    app: (request, response) => {
      if (request.method === 'PUT') request.session.cookie.maxAge = 5 * minute;
      else request.session.count = 1;
      response.send(`${request.session.cookie.originalMaxAge}`);
    },
    steps: [{}, put, {}],
  },
  {
    name: 'expires can be a date or nothing',
    app: (request, response) => {
      request.session.count = (request.session.count ?? 0) + 1;
      request.session.cookie.expires =
        request.method === 'PUT' ? new Date('2031-01-01T00:00:00Z') : null;
      response.send('set');
    },
    options: { cookie: lasting },
    steps: [put, {}, put],
  },
  {
    name: 'regenerate gives another id and nothing of the old data',
    options: { saveUninitialized: false, resave: false },
    app: countUnlessPut((request, response) => {
      const { id } = request.session;
      request.session.regenerate((error) =>
        response.send(`${error} ${request.session.id === id} ${request.session.count}`),
      );
    }),
    steps: [{}, put, {}, {}],
  },
  {
    name: 'destroy takes the session off the request and out of the store',
    app: countUnlessPut((request, response) => {
      request.session.destroy((error) => response.send(`${error} ${typeof request.session}`));
    }),
    steps: [{}, put, {}],
  },
  {
    name: 'destroy needs no callback',
    app: countUnlessPut((request, response) => {
      request.session.destroy(() => undefined);
      response.redirect('/');
    }),
    steps: [{}, put, {}],
  },
  {
    name: 'save saves once',
    options: { resave: false },
    app: (request, response) => {
      request.session.count = (request.session.count ?? 0) + 1;
      request.session.save((error) => response.send(`${error} ${request.session.count}`));
    },
    steps: thrice,
  },
  {
    name: 'save saves once, with the old defaults',
    options: { cookie: lasting },
    app: (request, response) => {
      request.session.count = (request.session.count ?? 0) + 1;
      request.session.save((error) => response.send(`${error} ${request.session.count}`));
    },
    steps: thrice,
  },
  {
    name: 'what changes after save is saved as well',
    options: { resave: false },
    app: (request, response) => {
      request.session.count = 1;
      request.session.save(() => {
        request.session.count = 2;
        response.send('twice');
      });
    },
    steps: [{}, {}],
  },
  {
    name: 'reload brings back what the store has',
    options: { resave: false, cookie: lasting },
    app: countUnlessPut((request, response) => {
      request.session.count = 99;
      request.session.reload((error) => response.send(`${error} ${request.session.count}`));
    }),
    steps: [{}, put, {}],
  },
  {
    name: 'reload says when there is nothing',
    app: (request, response) => {
      request.session.reload((error) => response.status(500).send(`${error}`));
    },
    steps: [{}],
  },
  {
    name: 'touch begins the lifetime anew',
    showsRenewal: true,
    options: { resave: false, cookie: lasting },
    app: (request, response) => {
      request.session.count ??= 1;
      const left = request.session.cookie.maxAge;
      response.send(`${left} ${request.session.touch().cookie.maxAge}`);
    },
    steps: thrice,
  },
  {
    name: 'unset: keep leaves the record',
    options: { resave: false },
    app: countUnlessPut((request, response) => {
      Reflect.set(request, 'session', null);
      response.send('unset');
    }),
    steps: [{}, put, {}],
  },
  {
    name: 'unset: destroy removes the record',
    options: { unset: 'destroy' },
    app: countUnlessPut((request, response) => {
      Reflect.deleteProperty(request, 'session');
      response.send('unset');
    }),
    steps: [{}, put, {}, { ...put, cookie: 'none' }],
  },
  {
    name: 'keys of a record that are methods are no data',
    options: { resave: true },
    app: count,
    steps: [
      {},
      {
        disturb: (store, id) => {
          const record = JSON.parse(store.sessions[id] ?? '') as object;
          store.sessions[id] = JSON.stringify({
            ...record,
            save: 'nope',
            id: 'x',
            __proto__: { a: 1 },
          });
        },
      },
    ],
  },
  {
    name: 'a record without a cookie is an error',
    app: count,
    steps: [
      {},
      {
        disturb: (store, id) => {
          store.sessions[id] = '{"foo":"bar"}';
        },
      },
    ],
  },
  {
    name: 'only data and the cookie are enumerable',
    app: (request, response) => {
      request.session.count = 1;
      const names: string[] = [];
      for (const name in request.session) names.push(name);
      response.send(`${names.sort()} ${Object.keys(request.session).sort()}`);
    },
    steps: [{}, {}],
  },
  {
    name: 'a session id that is no text is not saved',
    app: (request, response) => {
      Reflect.set(request, 'sessionID', () => 'x');
      request.session.count = 1;
      response.end();
    },
    steps: [{}],
  },
  {
    name: 'a session made elsewhere is left alone',
    before: [
      (request, _response, next) => {
        Reflect.set(request, 'session', {});
        next();
      },
    ],
    app: (_request, response) => void response.end('mine'),
    steps: [{}],
  },
  {
    name: 'a store that is disconnected gives no session',
    app: (request, response) => void response.send(typeof request.session),
    steps: [
      { disturb: (store) => store.emit('disconnect') },
      { disturb: (store) => store.emit('connect') },
    ],
  },
  {
    name: "cookie-parser's signed cookies are taken",
    before: [
      (request, _response, next) => {
        const id = request.headers['x-id'];
        if (id) Object.assign(request, { signedCookies: { 'connect.sid': id } });
        delete request.headers.cookie;
        next();
      },
    ],
    app: count,
    steps: [{}, { headers: { 'x-id': 'id-1' } }],
  },
  {
    name: "cookie-parser's cookies are taken when they are signed",
    before: [
      (request, _response, next) => {
        const value = /connect\.sid=([^;]*)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
        Object.assign(request, { cookies: { 'connect.sid': decodeURIComponent(value) } });
        request.headers.cookie = 'foo=bar';
        next();
      },
    ],
    app: count,
    steps: [
      {},
      {},
      { cookie: () => 'connect.sid=id-1' },
      { cookie: (last) => last.replace(/....$/, 'AAAA') },
    ],
  },
  {
    name: 'a failed read is an error',
    app: count,
    prepare: (store) => {
      store.get = (_id, callback) => callback(new Error('boom'));
    },
    steps: [{}, {}],
  },
  {
    name: 'a read that says ENOENT found nothing',
    app: count,
    prepare: (store) => {
      store.get = (_id, callback) => callback(Object.assign(new Error('gone'), { code: 'ENOENT' }));
    },
    steps: [{}, { cookie: 'none' }],
  },
  {
    name: 'a failed save is told after the answer',
    app: count,
    prepare: (store) => {
      store.set = (_id, _data, callback) => callback?.(new Error('boom'));
    },
    steps: [{}],
  },
  {
    name: 'a failed touch is told after the answer',
    options: { resave: false },
    app: countOnPut,
    prepare: (store) => {
      store.touch = (_id, _data, callback?: (error?: unknown) => void) =>
        callback?.(new Error('boom'));
    },
    steps: [put, { after: minute }],
  },
  {
    name: 'a failed destroy is told after the answer',
    options: { unset: 'destroy' },
    app: (request, response) => {
      Reflect.set(request, 'session', null);
      response.send('gone');
    },
    prepare: (store) => {
      store.destroy = (_id, callback) => callback?.(new Error('boom'));
    },
    steps: [{}],
  },
  {
    name: 'a cookie that cannot be written is told after the answer',
    options: { cookie: { expires: new Date(Number.NaN) } },
    app: look,
    steps: [{}],
  },
  {
    name: 'a store that answers at once',
    app: count,
    prepare: (store) => {
      const records = new Map<string, string>();
      store.get = (id, callback) => {
        const text = records.get(id);
        callback(null, text === undefined ? null : JSON.parse(text));
      };
      store.set = (id, data, callback) => {
        records.set(id, JSON.stringify(data));
        callback?.();
      };
    },
    steps: [{}, {}],
  },
  {
    name: 'a store without touch',
    options: { resave: false, cookie: lasting },
    app: countOnPut,
    prepare: (store) => {
      Reflect.set(store, 'touch', undefined);
    },
    steps: [put, ...thrice],
  },
];
