import { count, lasting, look, minute, put, type Scenario, secureHeader } from './scenario.ts';

/** Cookies that come, and cookies that are set. */
export const cookieScenarios: readonly Scenario[] = [
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
    name: 'a cookie that cannot be written is told after the answer',
    options: { cookie: { expires: new Date(Number.NaN) } },
    app: look,
    steps: [{}],
  },
];
