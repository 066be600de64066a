import { hostileDestinations, nearMisses } from '@latchkey/testkit';
import { describe, expect, test } from 'vitest';
import { createFamilyApp } from '../app/family-app.ts';
import { createMemoryStore } from '../store/memory.ts';
import { defineFamily } from './define-family.ts';
import { type AppOptions, type FamilyOptions, memberOf } from './family.ts';

const callback = 'https://wiki.example/_latchkey/callback';
const kittens: FamilyOptions = {
  name: 'Kittens',
  loginHost: 'https://login.kittens.example',
  store: 'memory:',
  session: { key: '_kittens_session', domain: 'all', tldLength: 3 },
  apps: {
    shop: { origin: 'https://shop.apps.kittens.example', reach: 'shared' },
    blog: { origin: 'https://blog.apps.kittens.example', reach: 'shared' },
    toys: { origin: 'https://toys.example' },
    wiki: { origin: 'https://wiki.example', reach: 'oidc', redirectUris: [callback] },
  },
};

/** Parts of a config that TypeScript would not let through, as a config in plain JavaScript may have them. */
function refusal(parts: Record<string, unknown>, from: FamilyOptions = kittens): Error {
  try {
    defineFamily({ ...from, ...parts } as unknown as FamilyOptions);
  } catch (error) {
    return error as Error;
  }
  throw new Error('The family was not refused.');
}

function refusalOfApp(app: unknown): Error {
  return refusal({ apps: { ...kittens.apps, toys: app } });
}

function withCode(code: string, ...words: string[]): object {
  return expect.objectContaining({
    code,
    message: expect.stringMatching(new RegExp(words.map((word) => `(?=.*${word})`).join(''), 's')),
  });
}

describe('a family', () => {
  test('has each app with the cookie of its reach', () => {
    const family = defineFamily(kittens);
    const cookies = [...family.apps.values()].map(({ name, cookie, scopeName }) => [
      name,
      cookie?.name ?? null,
      cookie?.domain ?? null,
      scopeName,
    ]);
    expect(cookies).toEqual([
      ['shop', '__Secure-_kittens_session', 'apps.kittens.example', '*.apps.kittens.example'],
      ['blog', '__Secure-_kittens_session', 'apps.kittens.example', '*.apps.kittens.example'],
      ['toys', '__Host-_kittens_session_toys', null, 'toys'],
      ['wiki', null, null, 'wiki'],
    ]);
    expect(family.loginHost).toEqual({
      origin: 'https://login.kittens.example',
      host: 'login.kittens.example',
      cookie: {
        name: '__Host-_kittens_session_login',
        domain: null,
        secure: true,
        sameSite: 'lax',
      },
      former: { cookies: [], scopeNames: [] },
    });
  });

  test('has defaults for everything that may be left out', () => {
    const { session: _session, ...rest } = kittens;
    const family = defineFamily({ ...rest, apps: { toys: { origin: 'https://toys.example' } } });
    expect(family).toMatchObject({
      idleSeconds: 604_800,
      absoluteSeconds: 2_592_000,
      secrets: [],
      database: null,
      sharedCookie: null,
    });
    expect(memberOf(family, 'toys')).toMatchObject({
      reach: 'handshake',
      cookie: { name: '__Host-latchkey_session_toys' },
    });
    expect(Object.isFrozen(family)).toBe(true);
  });

  test('keeps remembered sign-ins for 30 days unused and a year in all, or as it says', () => {
    expect(defineFamily(kittens).remembered).toEqual({
      idleSeconds: 2_592_000,
      absoluteSeconds: 31_536_000,
    });
    const remembered = { idleSeconds: 700_000 };
    const family = defineFamily({ ...kittens, session: { ...kittens.session, remembered } });
    expect(family.remembered).toEqual({ idleSeconds: 700_000, absoluteSeconds: 31_536_000 });
  });

  test('never keeps remembered sign-ins for less than others', () => {
    const long = { idleSeconds: 33_000_000, absoluteSeconds: 34_000_000 };
    expect(
      defineFamily({ ...kittens, session: { ...kittens.session, ...long } }).remembered,
    ).toEqual(long);
    for (const name of ['idleSeconds', 'absoluteSeconds'] as const) {
      const session = { ...kittens.session, ...long, remembered: { [name]: 32_000_000 } };
      expect(refusal({ session })).toEqual(
        withCode('option_invalid', `session.remembered.${name}`, `session.${name}`),
      );
    }
  });

  test.each([
    { idleSeconds: 0 },
    { absoluteSeconds: 1.5 },
    { idleSeconds: '1' },
    { idleSeconds: Number.POSITIVE_INFINITY },
    { absoluteSeconds: 34_560_001 },
    { days: 3 },
    'yes',
  ])('refuses session.remembered %j', (remembered) => {
    expect(refusal({ session: { ...kittens.session, remembered } })).toEqual(
      withCode('option_invalid', 'session.remembered'),
    );
  });

  test('tells relying parties where notices go', () => {
    const family = defineFamily(kittens);
    expect(memberOf(family, 'wiki').backChannelLogoutUri).toBe(
      'https://wiki.example/_latchkey/back-channel-logout',
    );
    expect(memberOf(family, 'toys').backChannelLogoutUri).toBe(null);
  });

  test('leaves out secrets that the environment does not have', () => {
    expect(defineFamily({ ...kittens, secrets: ['a', undefined, 'b'] }).secrets).toEqual([
      'a',
      'b',
    ]);
  });

  test('fills in what is not said about the check of exposure, and has none where nothing is', () => {
    expect(defineFamily(kittens).exposure).toBe(null);
    const { exposure } = defineFamily({ ...kittens, exposure: { zones: ['kittens.zone'] } });
    expect(exposure).toEqual({
      policy: 'refuse',
      failOn: 'high',
      everySeconds: 3_600,
      baseline: null,
      zones: ['kittens.zone'],
      includeFolders: [],
      transfers: [],
      hosts: [],
      resolver: [],
      ownDomains: [],
      ownRanges: [],
      accepted: [],
    });
  });

  test('makes accounts for nobody but whom operators make one for, unless it says otherwise', () => {
    expect(defineFamily(kittens).people).toEqual({
      registration: 'closed',
      domains: null,
      approval: 'required',
    });
    const people = {
      registration: 'open',
      domains: ['Kittens.example', 'bücher.example'],
    } as const;
    expect(defineFamily({ ...kittens, people }).people).toEqual({
      registration: 'open',
      domains: ['kittens.example', 'xn--bcher-kva.example'],
      approval: 'required',
    });
  });

  test('knows its apps by name and no others', () => {
    const family = defineFamily(kittens);
    for (const name of ['', 'tows', 'constructor', '__proto__']) {
      expect(() => memberOf(family, name)).toThrow(withCode('app_unknown', 'shop, blog, toys'));
    }
  });
});

describe('options', () => {
  test.each([
    ['an unknown one', { colour: 'red' }, ['colour', 'loginHost']],
    ['a misspelt one', { loginhost: 'https://login.kittens.example' }, ['loginhost']],
    ['a misspelt one of the session', { session: { idleSecond: 1 } }, ['session', 'idleSecond']],
    ['no name', { name: undefined }, ['name']],
    ['an empty name', { name: ' ' }, ['name']],
    ['no store', { store: undefined }, ['store']],
    ['a store that is none', { store: {} }, ['store']],
    ['no login host', { loginHost: undefined }, ['loginHost']],
    ['no apps', { apps: undefined }, ['apps']],
    ['apps as null', { apps: null }, ['apps']],
    ['a session as null', { session: 1 }, ['session']],
    ['a database that is no URL', { database: {} }, ['database']],
    ['one secret instead of a list', { secrets: 'secret' }, ['secrets']],
    ['one exposed host instead of a list', { exposedHosts: 'old.example' }, ['exposedHosts']],
    ['an exposed host with a scheme', { exposedHosts: ['https://old.example'] }, ['exposedHosts']],
    ['an exposed host with a port', { exposedHosts: ['old.example:443'] }, ['exposedHosts']],
    ['an exposed host in capitals', { exposedHosts: ['Old.example'] }, ['exposedHosts']],
    ['an exposure as null', { exposure: null }, ['exposure', 'object']],
    ['an unknown word of exposure', { exposure: { zone: [] } }, ['exposure', 'zone']],
    ['an exposure that looks at nothing', { exposure: {} }, ['exposure.zones', 'transfers']],
    ['empty lists to look at', { exposure: { zones: [], hosts: [] } }, ['exposure.zones']],
    ['one zone instead of a list', { exposure: { zones: 'z' } }, ['exposure.zones', 'list']],
    ['a host that is no text', { exposure: { hosts: [1] } }, ['exposure.hosts', 'list']],
    ['a made-up policy', { exposure: { hosts: ['x.y'], policy: 'ask' } }, ['exposure.policy']],
    ['a made-up level', { exposure: { hosts: ['x.y'], failOn: 'none' } }, ['exposure.failOn']],
    ['a check without pause', { exposure: { hosts: ['x.y'], everySeconds: 0 } }, ['everySeconds']],
    ['a check each week', { exposure: { hosts: ['x.y'], everySeconds: 604_800 } }, ['86400']],
    ['people as null', { people: null }, ['people', 'object']],
    ['an unknown word of people', { people: { signUp: 'open' } }, ['people', 'signUp']],
    ['a made-up registration', { people: { registration: 'on' } }, ["'closed'", "'open'"]],
    ['a made-up approval', { people: { approval: true } }, ['people.approval']],
    ['domains where nobody may ask', { people: { domains: ['x.y'] } }, ['domains', "'closed'"]],
    ['no domains at all', { people: { registration: 'open', domains: [] } }, ['people.domains']],
    ['one domain as text', { people: { registration: 'open', domains: 'x.y' } }, ['list']],
    ...[
      '@x.y',
      '*.x.y',
      'localhost',
      'https://x.y',
      'x.y/',
      'x.y:1',
      '10.0.0.1',
      'a b.c',
      'x.y.',
    ].map((name): [string, object, string[]] => [
      `the domain ${name}`,
      { people: { registration: 'open', domains: [name] } },
      ['people.domains', 'kittens.example'],
    ]),
    ['an empty baseline', { exposure: { hosts: ['x.y'], baseline: '' } }, ['exposure.baseline']],
    ['idle seconds of 0', { session: { idleSeconds: 0 } }, ['idleSeconds']],
    ['idle seconds below 0', { session: { idleSeconds: -1 } }, ['idleSeconds']],
    ['idle seconds with a fraction', { session: { idleSeconds: 1.5 } }, ['idleSeconds']],
    ['idle seconds as text', { session: { idleSeconds: '60' } }, ['idleSeconds']],
    ['no end', { session: { absoluteSeconds: Number.POSITIVE_INFINITY } }, ['absoluteSeconds']],
    ['not a number', { session: { absoluteSeconds: Number.NaN } }, ['absoluteSeconds']],
  ])('%s: refused, and the message says which', (_what, parts, words) => {
    const apps = { toys: { origin: 'https://toys.example' } };
    expect(refusal({ apps, ...parts })).toEqual(withCode('option_invalid', ...words));
  });

  test('a secret is not shown in a message', () => {
    const error = refusal({ secrets: 'hunter2-hunter2-hunter2' });
    expect(error.message).not.toContain('hunter2');
  });

  test.each(['', 'a b', 'ü', 'x'.repeat(65), 'a;b', '__Host-x', 'Host__x'])(
    'the cookie key %j is refused',
    (key) => {
      expect(refusal({ session: { key } })).toEqual(withCode('cookie_name_refused'));
    },
  );

  test.each([0, -1, 1.5, '2'])('tldLength %j is refused', (tldLength) => {
    expect(refusal({ session: { domain: 'all', tldLength } })).toEqual(withCode('option_invalid'));
  });
});

describe('an app', () => {
  test.each([
    '',
    'Toys',
    'to ys',
    '1toys',
    '-toys',
    'to.ys',
    'to_ys',
    'täys',
    'login',
    '__proto__x',
    'x'.repeat(33),
  ])('cannot be called %j', (name) => {
    const apps = { [name]: { origin: 'https://toys.example' } };
    expect(refusal({ apps })).toEqual(withCode('option_invalid', `apps.${name}`));
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'https://toys.example'],
    ['no origin', {}],
    ['an unknown option', { origin: 'https://toys.example', domain: 'x' }],
    ['a misspelt reach', { origin: 'https://toys.example', reach: 'share' }],
    ['an empty reach', { origin: 'https://toys.example', reach: '' }],
  ])('given as %s is refused', (_what, app) => {
    expect(refusalOfApp(app)).toEqual(withCode('option_invalid', 'apps.toys'));
  });

  test.each(['shared', 'handshake'])(
    'of reach %s has no use for redirectUris, and is told so',
    (reach) => {
      const app = { origin: 'https://toys.apps.kittens.example', reach, redirectUris: [callback] };
      const words = ['redirectUris', 'oidc', reach];
      expect(refusalOfApp(app)).toEqual(withCode('family_invalid', ...words));
    },
  );

  test.each([
    'toys.example',
    'https://toys.example/',
    'https://toys.example/path',
    'https://toys.example?x',
    'https://toys.example#x',
    'https://toys.example:443',
    'https://Toys.example',
    'HTTPS://toys.example',
    'https:toys.example',
    'https:/toys.example',
    'https:\\\\toys.example',
    ' https://toys.example',
    'https://toys.example\n',
    'https://user@toys.example',
    'https://user:pass@toys.example',
    'https://töys.example',
    'https://toys。example',
    'http://toys.example',
    'http://127.0.0.1:4003',
    'http://toyslocalhost',
    'ftp://toys.example',
    'javascript:alert(1)',
    'data:,x',
    'null',
    '',
    17,
    ['https://toys.example'],
  ])('cannot have the origin %j', (origin) => {
    expect(refusalOfApp({ origin })).toEqual(withCode('option_invalid', 'apps.toys.origin'));
  });

  test.each([
    'https://toys.example:8443',
    'https://xn--tys-sna.example',
    'https://10.0.0.5',
    'https://[2001:db8::1]:8443',
    'http://toys.puppies.localhost:4003',
    'http://localhost:4003',
  ])('can have the origin %j', (origin) => {
    const family = defineFamily({ ...kittens, apps: { toys: { origin } } });
    expect(memberOf(family, 'toys').host).toBe(new URL(origin).host);
  });

  test('cannot have the origin of another app or of the login host', () => {
    const twice = { ...kittens.apps, more: { origin: 'https://toys.example' } };
    expect(refusal({ apps: twice })).toEqual(withCode('family_invalid', 'apps.more', 'toys'));
    const atLogin = { toys: { origin: kittens.loginHost } };
    expect(refusal({ apps: atLogin })).toEqual(withCode('family_invalid', 'loginHost'));
  });
});

describe('a relying party', () => {
  const wiki = (parts: Record<string, unknown>): Error =>
    refusal({ apps: { wiki: { origin: 'https://wiki.example', reach: 'oidc', ...parts } } });

  test('needs a redirect URI', () => {
    for (const parts of [{}, { redirectUris: [] }, { redirectUris: undefined }]) {
      expect(wiki(parts)).toEqual(withCode('family_invalid', 'redirectUris'));
    }
  });

  test.each(
    nearMisses(callback).filter(({ value }) => {
      // What is a whole URL in its own right may be registered; it is then another one.
      return !URL.canParse(value) || new URL(value).href !== value || value.includes('#');
    }),
  )('cannot register its URI with $what: $value', ({ value }) => {
    expect(wiki({ redirectUris: [value] })).toEqual(withCode('option_invalid', 'redirectUris'));
  });

  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'http://wiki.example/callback',
    'https://user@wiki.example/callback',
    'https://wiki.example/call\nback',
    'https://wiki.example/call\tback',
    'https://wiki.example\\callback',
    '/callback',
    '*',
    'https://*.wiki.example/callback#',
    '',
  ])('cannot register %j, nor have its notices sent there', (uri) => {
    expect(wiki({ redirectUris: [uri] })).toEqual(withCode('option_invalid', 'redirectUris'));
    const parts = { redirectUris: [callback], backChannelLogoutUri: uri };
    expect(wiki(parts)).toEqual(withCode('option_invalid', 'backChannelLogoutUri'));
  });

  test('keeps what it registered letter by letter', () => {
    const redirectUris = [callback, 'https://wiki.example/cb?x=1', 'http://wiki.localhost:4004/cb'];
    const family = defineFamily({
      ...kittens,
      apps: { wiki: { origin: 'https://wiki.example', reach: 'oidc', redirectUris } },
    });
    expect(memberOf(family, 'wiki').redirectUris).toEqual(redirectUris);
  });

  test('cannot be joined as an app of the store', () => {
    const family = defineFamily(kittens);
    for (const app of ['wiki']) {
      expect(() => createFamilyApp({ family, app, appKey: 'A'.repeat(43) })).toThrow(
        withCode('family_invalid', '@latchkey/sso'),
      );
    }
  });
});

describe('the shared cookie', () => {
  const shared = (origin: string): AppOptions => ({ origin, reach: 'shared' });
  const refusalOf = (session: object, ...origins: string[]): Error =>
    refusal({
      session,
      apps: Object.fromEntries(origins.map((origin, index) => [`app${index}`, shared(origin)])),
    });

  test.each([
    ['a public suffix', { domain: 'example' }, 'https://shop.example'],
    ['a public suffix of two parts', { domain: 'all', tldLength: 2 }, 'https://shop.kittens.co.uk'],
    ['a private suffix', { domain: 'all' }, 'https://kittens.github.io'],
    ['an address', { domain: '10.0.0.5' }, 'https://10.0.0.5'],
    ['a single label', { domain: 'localhost' }, 'http://shop.localhost'],
    ['a domain elsewhere', { domain: 'puppies.example' }, 'https://shop.kittens.example'],
  ])('cannot be for %s', (_what, session, origin) => {
    expect(refusalOf(session, origin)).toEqual(withCode('cookie_domain_refused', 'domain'));
  });

  test('must be one: apps under different parents are told to share one or to hop', () => {
    const error = refusalOf(
      { domain: 'all' },
      'https://shop.kittens.example',
      'https://shop.puppies.example',
    );
    expect(error).toEqual(withCode('family_invalid', 'app1', 'puppies.example', 'handshake'));
  });

  test('must exist where several apps want to share one', () => {
    const origins = ['http://localhost:4001', 'http://localhost:4002'];
    for (const session of [{}, { domain: 'all' }]) {
      const error = refusalOf(session, ...origins);
      expect(error).toEqual(
        withCode('family_invalid', 'app0, app1', 'session.domain', 'handshake'),
      );
    }
    const apps = { shop: shared('https://shop.kittens.example') };
    expect(defineFamily({ ...kittens, session: {}, apps }).sharedCookie?.domain).toBe(null);
  });

  const exposed = (origin: string, reach: string, exposedHosts: string[] = []): object => ({
    session: { domain: 'kittens.example' },
    exposedHosts,
    apps: {
      shop: shared('https://shop.kittens.example'),
      toys: { origin, reach, ...(reach === 'oidc' ? { redirectUris: [callback] } : {}) },
    },
  });

  test.each([
    ['https://toys.kittens.example', 'handshake'],
    ['https://toys.kittens.example', 'oidc'],
    ['https://kittens.example', 'handshake'],
    ['https://a.b.kittens.example:8443', 'handshake'],
  ])('refuses %s of reach %s below it, with the advice what to write', (origin, reach) => {
    const host = new URL(origin).hostname;
    expect(refusal({ ...exposed(origin, reach) })).toEqual(
      withCode(
        'shared_scope_conflict',
        'apps.toys',
        host,
        'apps.kittens.example',
        `exposedHosts: \\['${host}'\\]`,
      ),
    );
  });

  test('lets a host have it that is named as exposed, and no other', () => {
    const named = exposed('https://toys.kittens.example:8443', 'handshake', [
      'toys.kittens.example',
    ]);
    expect(() => defineFamily({ ...kittens, ...named })).not.toThrow();
    const other = exposed('https://toys.kittens.example', 'handshake', ['kittens.example']);
    expect(refusal({ ...other })).toEqual(withCode('shared_scope_conflict'));
  });

  test.each(['https://toyskittens.example', 'https://kittens.example.org', 'https://toys.example'])(
    'has nothing to do with %s',
    (origin) => {
      expect(() => defineFamily({ ...kittens, ...exposed(origin, 'handshake') })).not.toThrow();
    },
  );

  test('may reach the login host', () => {
    const family = defineFamily({
      ...kittens,
      session: { domain: 'kittens.example' },
      apps: { shop: shared('https://shop.kittens.example') },
    });
    expect(family.sharedCookie?.domain).toBe('kittens.example');
  });
});

describe('createFamilyApp', () => {
  const family = defineFamily({ ...kittens, store: createMemoryStore() });

  test('needs a name of the family and a key', () => {
    const appKey = 'A'.repeat(43);
    expect(() => createFamilyApp({ family, app: 'nobody', appKey })).toThrow(
      withCode('app_unknown'),
    );
    for (const bad of ['', 'short', `${appKey}!`]) {
      expect(() => createFamilyApp({ family, app: 'toys', appKey: bad })).toThrow(
        withCode('app_key_invalid', 'latchkey app-key toys'),
      );
    }
  });

  test('does not read the family’s secrets', () => {
    const secrets = new Proxy([] as string[], {
      get: () => {
        throw new Error('read');
      },
    });
    const guarded = { ...family, secrets };
    expect(() =>
      createFamilyApp({ family: guarded, app: 'toys', appKey: 'A'.repeat(43) }),
    ).not.toThrow();
  });

  test('owns its routes by exact path', () => {
    const app = createFamilyApp({ family, app: 'toys', appKey: 'A'.repeat(43) });
    for (const path of ['/sign-in', '/sign-out', '/_latchkey/handshake', '/_latchkey/x']) {
      expect(app.owns(path)).toBe(true);
    }
    for (const path of ['/', '/sign-in/', '/Sign-in', '/sign-in2', '/x/sign-in', '/_latchkey']) {
      expect(app.owns(path)).toBe(false);
    }
  });
});

test.each(hostileDestinations('https://toys.example').filter(({ value }) => value.length < 100))(
  'no origin can be $what: $value',
  ({ value }) => {
    const apps = { toys: { origin: value } };
    try {
      defineFamily({ ...kittens, apps });
      // Some are honest origins, only of somebody else.
      expect(new URL(value).origin).toBe(value);
    } catch (error) {
      expect(error).toMatchObject({ code: 'option_invalid' });
    }
  },
);
