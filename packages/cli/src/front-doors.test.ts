import { createLoginHost } from '@latchkey/server';
import { openAdministration } from '@latchkey/server/administration';
import {
  cookieStore,
  createAppAlone,
  createAppAnyHost,
  createFamilyApp,
  defineFamily,
} from '@latchkey/session';
import { csrf } from '@latchkey/session/express';
import { createMemoryStore } from '@latchkey/session/store/memory';
import { createPostgresStore } from '@latchkey/session/store/postgres';
import { createRedisStore } from '@latchkey/session/store/redis';
import { createSqliteStore } from '@latchkey/session/store/sqlite';
import { createRelyingParty } from '@latchkey/sso';
import { describe, expect, test } from 'vitest';

// One table of bad options, fed to every function that people start with: the same value gets the same answer everywhere.

type Door = (options: Record<string, unknown>) => unknown;

const secret = 'dGhpcyBpcyBhIHRlc3Qgc2VjcmV0IG9mIDQ4IGJ5dGVzIQ';
const shop = { origin: 'https://shop.example', store: 'memory:' };
const family = { name: 'Kittens', loginHost: 'https://login.example', store: 'memory:', apps: {} };
const party = {
  issuer: 'https://login.example',
  clientId: 'wiki',
  clientSecret: secret,
  origin: 'https://wiki.example',
  sessions: { store: 'memory:' },
};
const peers = {
  name: 'shop',
  peers: { toys: { origin: 'https://toys.example' } },
  secrets: [secret],
};
const loginHost = { family: defineFamily({ ...family, secrets: [secret] }) };

/** Calls a front door as a program in plain JavaScript may: with whatever it has. */
function door<Options>(make: (options: Options) => unknown): Door {
  return (options) => make(options as Options);
}

async function codeOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return 'taken';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

const alone = door(createAppAlone);
const anyHost = door(createAppAnyHost);
const define = door(defineFamily);
const relyingParty = door(createRelyingParty);
const login = door(createLoginHost);

describe('an origin', () => {
  const places: readonly [string, (value: unknown) => unknown][] = [
    ['of an app alone', (origin) => alone({ ...shop, origin })],
    ['of the login host', (origin) => define({ ...family, loginHost: origin })],
    ['of an app of a family', (origin) => define({ ...family, apps: { toys: { origin } } })],
    ['of a former realm', (origin) => define({ ...family, formerRealms: [origin] })],
    [
      'of a peer',
      (origin) => alone({ ...shop, handshake: { ...peers, peers: { toys: { origin } } } }),
    ],
    ['of a relying party', (origin) => relyingParty({ ...party, origin })],
    ['of an issuer', (issuer) => relyingParty({ ...party, issuer })],
    ['that csrf() trusts', (origin) => door(csrf)({ trustedOrigins: [origin] })],
  ];
  const values: readonly [unknown, string][] = [
    ['https://pets.example', 'taken'],
    ['https://pets.example:8443', 'taken'],
    ['http://pets.localhost:4001', 'taken'],
    ['http://pets.example', 'option_invalid'],
    ['https://Pets.example', 'option_invalid'],
    ['https://pets.example/', 'option_invalid'],
    ['https://pets.example/cart', 'option_invalid'],
    ['https://ada@pets.example', 'option_invalid'],
    ['https://*.example', 'option_invalid'],
    ['pets.example', 'option_invalid'],
    ['', 'option_invalid'],
    [42, 'option_invalid'],
    [null, 'option_invalid'],
  ];
  describe.each(places)('%s', (_place, make) => {
    test.each(values)('%j: %s', async (value, answer) => {
      expect(await codeOf(() => make(value))).toBe(answer);
    });
  });
});

describe('a secret', () => {
  const places: readonly [string, (value: unknown) => unknown][] = [
    ['of an app alone', (value) => alone({ ...shop, secrets: [value] })],
    [
      'of an app whose data is in the cookie',
      (value) => alone({ ...shop, store: cookieStore(), secrets: [value] }),
    ],
    ['of peers', (value) => alone({ ...shop, handshake: { ...peers, secrets: [value] } })],
    ['of a relying party', (value) => relyingParty({ ...party, clientSecret: value })],
    [
      'of a family',
      async (value) => {
        const { secrets: _secrets, ...rest } = loginHost.family;
        const host = await createLoginHost({
          family: { ...rest, secrets: [value as string], database: 'sqlite::memory:' },
        });
        await host.close();
      },
    ],
  ];
  const values: readonly [unknown, string][] = [
    [secret, 'taken'],
    ['a'.repeat(32), 'secret_missing'],
    ['ab'.repeat(40), 'secret_missing'],
    ['short', 'secret_missing'],
    ['', 'secret_missing'],
    [undefined, 'secret_missing'],
    [42, 'secret_missing'],
  ];
  describe.each(places)('%s', (_place, make) => {
    test.each(values)('%j: %s', async (value, answer) => {
      expect(await codeOf(() => make(value))).toBe(answer);
    });
  });
});

describe('a misspelt option is refused', () => {
  const places: readonly [string, Door][] = [
    ['of an app alone', (more) => alone({ ...shop, ...more })],
    ['of its cookie', (more) => alone({ ...shop, cookie: { ...more } })],
    ['of its sign-ins', (more) => alone({ ...shop, signIns: { ...more } })],
    ['of its platform', (more) => alone({ ...shop, platform: { ...more } })],
    ['of its handshake', (more) => alone({ ...shop, handshake: { ...peers, ...more } })],
    ['of an app on any host', (more) => anyHost({ store: 'memory:', ...more })],
    ['of a family', (more) => define({ ...family, ...more })],
    ['of the sessions of a family', (more) => define({ ...family, session: { ...more } })],
    ['of the handshake of a family', (more) => define({ ...family, handshake: { ...more } })],
    ['of the exposure of a family', (more) => define({ ...family, exposure: { ...more } })],
    [
      'of an app of a family',
      (more) => define({ ...family, apps: { toys: { origin: 'https://toys.example', ...more } } }),
    ],
    ['of latchkey()', (more) => door(createFamilyApp)({ ...loginHost, app: 'toys', ...more })],
    ['of a relying party', (more) => relyingParty({ ...party, ...more })],
    [
      'of the sessions of a relying party',
      (more) => relyingParty({ ...party, sessions: { store: 'memory:', ...more } }),
    ],
    ['of the platform of a relying party', (more) => relyingParty({ ...party, platform: more })],
    ['of a login host', (more) => login({ ...loginHost, ...more })],
    ['of its platform', (more) => login({ ...loginHost, platform: more })],
    ['of an administration', (more) => door(openAdministration)({ ...loginHost, ...more })],
    ['of csrf()', door(csrf)],
    ['of a cookie store', door(cookieStore)],
    ['of a memory store', door(createMemoryStore)],
    ['of a SQLite store', (more) => door(createSqliteStore)({ path: 'never.db', ...more })],
    ['of a Redis store', (more) => door(createRedisStore)({ url: 'redis://127.0.0.1', ...more })],
    [
      'of a Postgres store',
      (more) => door(createPostgresStore)({ url: 'postgres://127.0.0.1', ...more }),
    ],
  ];
  test.each(places)('%s', async (_place, make) => {
    expect(await codeOf(() => make({ idleSecond: 60 }))).toBe('option_invalid');
  });
});

test('reach proxy is refused until it does something', async () => {
  const old = { origin: 'https://old.example', reach: 'proxy' };
  expect(await codeOf(() => define({ ...family, apps: { old } }))).toBe('option_invalid');
});
