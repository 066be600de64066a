import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLoginHost, type LoginHost } from '@latchkey/server';
import { createOutgoingCalls } from '@latchkey/server/administration';
import { defineFamily, type Family } from '@latchkey/session';
import { latchkey } from '@latchkey/session/node';
import { deriveAppKey } from '@latchkey/session/parts';
import { startRedisServer } from '@latchkey/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { secret } from '../test/command.ts';
import { startProxy, type Tampering, type TamperingProxy } from '../test/tampering-proxy.ts';
import { examine } from './doctor.ts';
import type { Finding } from './doctor-finding.ts';
import { evictionFault } from './doctor-redis.ts';
import { browserWeb } from './doctor-web.ts';

const calls = createOutgoingCalls();

type Place = 'login' | 'shop' | 'toys';

let folder: string;
let family: Family;
let loginHost: LoginHost;
const apps: Server[] = [];
const upstreams = {} as Record<Place, number>;
const proxies = {} as Record<Place, TamperingProxy>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-doctor-'));
  const ports = { login: await freePort(), shop: await freePort(), toys: await freePort() };
  family = familyOn(ports);
  loginHost = await createLoginHost({ family });
  upstreams.login = await freePort();
  await loginHost.listen(upstreams.login);
  for (const app of ['shop', 'toys'] as const) {
    const appKey = deriveAppKey(secret, app);
    const serve = latchkey({ family, app, appKey })((_request, response) => {
      response.end('a page');
    });
    const server = createServer(serve).listen(0, '127.0.0.1');
    await once(server, 'listening');
    apps.push(server);
    upstreams[app] = (server.address() as AddressInfo).port;
  }
  for (const place of ['login', 'shop', 'toys'] as const) {
    proxies[place] = await startProxy(ports[place], upstreams[place]);
  }
});
afterEach(() => {
  for (const proxy of Object.values(proxies)) proxy.tamper = {};
});
afterAll(async () => {
  await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
  for (const app of apps) {
    app.closeAllConnections();
    app.close();
  }
  await loginHost.close();
  await rm(folder, { recursive: true, force: true });
});

function familyOn(ports: Readonly<Record<Place, number>>): Family {
  return defineFamily({
    name: 'Kittens',
    loginHost: `http://login.kittens.localhost:${ports.login}`,
    secrets: [secret],
    store: `sqlite:${folder}/sessions.db`,
    database: `sqlite:${folder}/latchkey.db`,
    session: { key: '_kittens_session', domain: 'kittens.localhost' },
    apps: {
      shop: { origin: `http://shop.kittens.localhost:${ports.shop}`, reach: 'shared' },
      toys: { origin: `http://toys.puppies.localhost:${ports.toys}` },
    },
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const originOf = (place: Place): string =>
  place === 'login' ? family.loginHost.origin : (family.apps.get(place)?.origin ?? '');

async function bad(): Promise<readonly Finding[]> {
  const findings = await examine({ family, web: browserWeb, calls, now: Date.now });
  return findings.filter(({ state }) => state === 'bad');
}

test('a family in which all is well is found so, through its proxies', async () => {
  const findings = await examine({ family, web: browserWeb, calls, now: Date.now });
  expect(findings.map(({ about, state }) => [about, state])).toEqual([
    ['secrets', 'good'],
    ['store', 'good'],
    [originOf('login'), 'good'],
    [originOf('shop'), 'good'],
    [originOf('toys'), 'good'],
  ]);
});

/** A line without an attribute, or with one changed. */
const without =
  (attribute: string) =>
  (line: string): string =>
    line.replace(new RegExp(`; ${attribute}(=[^;]*)?`, 'i'), '');
const withSameSite =
  (value: string) =>
  (line: string): string =>
    line.replace(/SameSite=\w+/, `SameSite=${value}`);

const cases: readonly (readonly [
  what: string,
  place: Place,
  tamper: Tampering | (() => Tampering),
  words: string,
  change: string,
])[] = [
  [
    'Host is changed',
    'toys',
    { request: { host: '127.0.0.1:3000' } },
    '421: the proxy does not hand on Host',
    'proxy_set_header Host $host',
  ],
  [
    'Secure is taken away',
    'toys',
    { cookie: without('Secure') },
    '__Host- needs Secure, which is missing',
    'hand Set-Cookie on unchanged',
  ],
  [
    'a Domain is added',
    'toys',
    { cookie: (line) => `${line}; Domain=puppies.localhost` },
    '__Host- forbids Domain, and it has Domain=puppies.localhost',
    'proxy_cookie_domain',
  ],
  [
    'the Path is changed',
    'toys',
    { cookie: (line) => line.replace('Path=/', 'Path=/app') },
    '__Host- needs Path=/, and it has Path=/app',
    'hand Set-Cookie on unchanged',
  ],
  [
    'SameSite becomes Strict',
    'toys',
    { cookie: withSameSite('Strict') },
    'browsers hide it from whoever comes back from the login host',
    'hand Set-Cookie on unchanged',
  ],
  [
    'a cookie is too long',
    'toys',
    { cookie: (line) => line.replace('=', `=${'x'.repeat(4_100)}`) },
    'more than 4096 octets',
    'makes it so long',
  ],
  ['cookies are taken away', 'toys', { cookie: () => null }, 'is missing', 'hand Set-Cookie on'],
  [
    'another host is preferred',
    'toys',
    { redirect: (path) => `https://www.puppies.localhost${path}` },
    'it leads to https://www.puppies.localhost instead of the login host',
    "apps.toys.origin: 'https://www.puppies.localhost'",
  ],
  [
    'redirects lead to where they came from',
    'toys',
    { redirect: (path) => path },
    'redirects go round in circles',
    'no redirect to the scheme or host that was asked for',
  ],
  [
    'Location is rewritten',
    'toys',
    {
      response: ({ location = '' }) => ({
        location: location.replace(/^http:\/\/[^/]+/, 'https://login.internal'),
      }),
    },
    'it leads to https://login.internal as login host',
    'proxy_redirect off',
  ],
  [
    'the proxy leads to another app',
    'toys',
    () => ({
      port: upstreams.shop,
      request: { host: new URL(originOf('shop')).host },
    }),
    'another app answers here: shop',
    'apps.toys.origin',
  ],
  [
    'the clock is behind',
    'toys',
    {
      response: () => ({ date: new Date(Date.now() - 600_000).toUTCString() }),
    },
    's behind that of this machine',
    'the clock of the machine',
  ],
  [
    'the shared cookie gets another Domain',
    'login',
    {
      cookie: (line) => line.replace('Domain=kittens.localhost', 'Domain=login.kittens.localhost'),
    },
    'has Domain=login.kittens.localhost; the config says kittens.localhost',
    'proxy_cookie_domain',
  ],
  [
    'the Domain of the shared cookie is not above its host',
    'login',
    { cookie: (line) => line.replace('Domain=kittens.localhost', 'Domain=kittens.example') },
    'its Domain is not above the host (kittens.example)',
    'proxy_cookie_domain',
  ],
  [
    'cookies become SameSite=None',
    'login',
    { cookie: withSameSite('None') },
    'has SameSite=None: other sites can make requests with it',
    'hand Set-Cookie on unchanged',
  ],
  [
    'scripts are let at the cookie',
    'login',
    { cookie: without('HttpOnly') },
    'has lost HttpOnly',
    'hand Set-Cookie on unchanged',
  ],
  [
    'the shared cookie alone is taken away',
    'login',
    { cookie: (line) => (line.startsWith('__Secure-') ? null : line) },
    'the cookie __Secure-_kittens_session is missing',
    'hand every Set-Cookie on',
  ],
  [
    'Origin is taken away',
    'login',
    { request: { origin: undefined } },
    'forms of its own pages are taken for those of another site',
    'hand Origin on unchanged',
  ],
  [
    'every host name leads to it',
    'login',
    () => ({ request: { host: new URL(originOf('login')).host } }),
    'it answers to host names that are not its own',
    'proxy_set_header Host $host',
  ],
  [
    'the sign-in page leads to itself',
    'login',
    { redirect: (path) => (path.startsWith('/sign-in') ? path : null) },
    'redirects go round in circles',
    'no redirect',
  ],
];

test.for(cases)(
  '%s (%s): found, with what to change',
  async ([_what, place, tamper, words, change]) => {
    proxies[place].tamper = typeof tamper === 'function' ? tamper() : tamper;
    const found = await bad();
    expect(found[0]).toEqual({
      about: originOf(place),
      state: 'bad',
      words: expect.stringContaining(words),
      change: expect.stringContaining(change),
    });
  },
);

test('circles at the login host are found from the apps as well', async () => {
  proxies.login.tamper = { redirect: (path) => (path.startsWith('/handshake') ? path : null) };
  const found = await bad();
  expect(found.map(({ about, words }) => [about, words.slice(0, 29)])).toEqual([
    [originOf('shop'), 'redirects go round in circles'],
    [originOf('toys'), 'redirects go round in circles'],
  ]);
  expect(found[0]?.change).toContain(`the proxy in front of ${originOf('login')}`);
});

describe('an app that runs with', () => {
  /** Toys on another process, for as long as the look takes. */
  async function badWith(change: Partial<Family>, appKey: string): Promise<readonly Finding[]> {
    const other = { ...family, ...change };
    const app = latchkey({ family: other, app: 'toys', appKey });
    const serve = app((_request, response) => {
      response.end('a page');
    });
    const server = createServer(serve);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxies.toys.tamper = { port: (server.address() as AddressInfo).port };
    try {
      return await bad();
    } finally {
      server.closeAllConnections();
      server.close();
      await app.close();
    }
  }

  test('a key of another secret is found', async () => {
    const found = await badWith({}, deriveAppKey(`another ${secret}`, 'toys'));
    expect(found).toEqual([
      {
        about: originOf('toys'),
        state: 'bad',
        words: expect.stringContaining('its app key is another'),
        change: expect.stringContaining('latchkey app-key toys'),
      },
    ]);
  });

  test('another store is found', async () => {
    const store = `sqlite:${folder}/elsewhere.db`;
    const found = await badWith({ store }, deriveAppKey(secret, 'toys'));
    expect(found).toEqual([
      {
        about: originOf('toys'),
        state: 'bad',
        words: expect.stringContaining('another store'),
        change: expect.stringContaining('store'),
      },
    ]);
  });

  test('the key of the older of two secrets, while they change, is well', async () => {
    const both = { ...family, secrets: [`newer ${secret}`, secret] };
    const findings = await examine({ family: both, web: browserWeb, calls, now: Date.now });
    expect(findings.find(({ about }) => about === originOf('toys'))?.state).toBe('good');
  });
});

test('looking signs nobody in and writes nothing down', async () => {
  const header = await browserWeb(`${originOf('login')}/`, {});
  expect(await header.text()).toContain('You are signed out');
  await bad();
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(join(folder, 'latchkey.db'));
  expect(database.prepare('select count(*) as signIns from sign_ins').get()).toEqual({
    signIns: 0,
  });
  database.close();
});

describe('a Redis', () => {
  const memory = ['--maxmemory', '32mb', '--maxmemory-policy'];

  test.each([
    ['allkeys-lru', [], ''],
    ['volatile-ttl', [], ''],
    ['volatile-lru', [], ''],
    ['allkeys-random', ['--requirepass', 'pass word'], ':pass%20word@'],
  ])('that evicts (%s) is found', async (policy, more, login) => {
    const server = await startRedisServer({ args: [...memory, policy, ...more] });
    try {
      expect(await evictionFault(server.url.replace('//', `//${login}`))).toMatchObject({
        about: 'store',
        state: 'bad',
        words: expect.stringContaining(`maxmemory-policy ${policy}`),
        change: expect.stringContaining('noeviction'),
      });
    } finally {
      await server.stop();
    }
  });

  test('that evicts nothing is well; one that cannot be asked says nothing', async () => {
    const server = await startRedisServer({ args: [...memory, 'noeviction'] });
    try {
      expect(await evictionFault(server.url)).toBe(null);
    } finally {
      await server.stop();
    }
    expect(await evictionFault(server.url)).toBe(null);
    expect(await evictionFault('sqlite:./sessions.db')).toBe(null);
  });
});
