import { createFakeClock, type FakeClock } from '@latchkey/testkit';
import fc from 'fast-check';
import { CookieJar } from 'tough-cookie';
import { describe, expect, test } from 'vitest';
import { sessions } from '../adapters/web.ts';
import { type AppAloneOptions, createAppAlone, type FormerCookie } from '../app/app-alone.ts';
import { resolveScope } from '../cookie/scope.ts';
import { clearCookieLine } from '../cookie/serialize.ts';
import type { LatchkeyEvent } from '../platform.ts';
import type { SessionStore, SignInRecord } from '../session-store.ts';
import { createMemoryStore } from '../store/memory.ts';

type CookieOptions = NonNullable<AppAloneOptions['cookie']>;

const origin = 'https://shop.kittens.example';

/** One browser and one store, over which an app is configured again and again. */
interface Scene {
  readonly jar: CookieJar;
  readonly store: SessionStore;
  readonly clock: FakeClock;
  readonly events: LatchkeyEvent[];
  /** How many records the store was asked for. */
  reads: number;
  /** A request to the app with these cookie options; the data it saw and the `Set-Cookie` lines. */
  ask(cookie: CookieOptions, path?: string): Promise<{ data: unknown; lines: string[] }>;
  /** The session cookies that the browser has, as `name domain path`. */
  kept(): Promise<string[]>;
}

function createScene(at: string = origin): Scene {
  const clock = createFakeClock();
  const store = createMemoryStore({ now: clock.now });
  const jar = new CookieJar(undefined, { prefixSecurity: 'strict' });
  const events: LatchkeyEvent[] = [];
  const read: SessionStore['read'] = (key) => {
    scene.reads += 1;
    return store.read(key);
  };
  const watched = { ...store, read };
  const platform = { onEvent: (event: LatchkeyEvent) => events.push(event) };
  const scene: Scene = {
    jar,
    store,
    clock,
    events,
    reads: 0,
    async ask(cookie, path = '/') {
      const app = sessions({ origin: at, store: watched, platform, cookie });
      const handler = app(async (request, session) => {
        const { pathname, searchParams } = new URL(request.url);
        for (const [key, value] of searchParams) session.data[key] = value;
        if (pathname.endsWith('/sign-out')) await session.signOut();
        return Response.json(session.data);
      });
      const url = `${at}${path}`;
      const header = await jar.getCookieString(url);
      const response = await handler(
        new Request(url, header === '' ? {} : { headers: { cookie: header } }),
      );
      const lines = response.headers.getSetCookie();
      for (const line of lines) await jar.setCookie(line, url, { ignoreError: true });
      return { data: await response.json(), lines };
    },
    async kept() {
      const cookies = await jar.getCookies(at, { allPaths: true });
      return cookies.map(({ key, domain, hostOnly, path }) =>
        [key, hostOnly ? '' : domain, path].join(' '),
      );
    },
  };
  return scene;
}

/** What a browser keeps of a cookie with these options. */
function keptOf({ former: _former, ...options }: CookieOptions, at: string = origin): string {
  const scope = resolveScope({ origin: at, key: 'latchkey_session', ...options });
  return [scope.name, scope.domain ?? '', scope.path ?? '/'].join(' ');
}

function former(options: CookieOptions): FormerCookie {
  return { key: 'latchkey_session', prefix: 'auto', ...options };
}

const changes: readonly (readonly [what: string, before: CookieOptions, after: CookieOptions])[] = [
  ['from the host to the domain', {}, { domain: 'all' }],
  ['from the domain to the host', { domain: 'all' }, {}],
  ['to another name', { key: 'old' }, { key: 'new' }],
  ['to another name and domain', { key: 'old', domain: 'all' }, { key: 'new' }],
  ['from the bare name to the prefixed one', { prefix: 'none' }, {}],
  ['from the prefixed name to the bare one', { domain: 'all' }, { domain: 'all', prefix: 'none' }],
  ['from one path to all', { path: '/shop' }, {}],
  ['from all paths to one', {}, { path: '/shop' }],
];

/** Before and after have one name, so that a request does not tell them apart. */
const namesakes: typeof changes = [
  ['from one domain to another', { domain: 'shop.kittens.example' }, { domain: 'all' }],
  ['from the host to the domain', { prefix: 'none' }, { prefix: 'none', domain: 'all' }],
  ['from the domain to the host', { prefix: 'none', domain: 'all' }, { prefix: 'none' }],
  ['from one path to all', { prefix: 'none', path: '/shop' }, { prefix: 'none' }],
];

describe('a cookie that was changed', () => {
  test.each(changes)(
    '%s is read, replaced and gone at the first request',
    async (_what, before, after) => {
      const scene = createScene();
      await scene.ask(before, '/shop?cart=1');
      expect(await scene.kept()).toEqual([keptOf(before)]);
      const today = { ...after, former: [former(before)] };
      expect(await scene.ask(today, '/shop')).toMatchObject({ data: { cart: '1' } });
      expect(await scene.kept()).toEqual([keptOf(after)]);
      expect(await scene.ask(today, '/shop')).toEqual({ data: { cart: '1' }, lines: [] });
      expect(scene.events).toEqual([{ type: 'cookie.former', reason: 'opened' }]);
    },
  );

  test.each(namesakes)(
    '%s under one name is replaced within a minute of use',
    async (_what, before, after) => {
      const scene = createScene();
      await scene.ask(before, '/shop?cart=1');
      const today = { ...after, former: [former(before)] };
      expect(await scene.ask(today, '/shop')).toEqual({ data: { cart: '1' }, lines: [] });
      scene.clock.advance(60_000);
      expect(await scene.ask(today, '/shop')).toMatchObject({ data: { cart: '1' } });
      expect(await scene.kept()).toEqual([keptOf(after)]);
      expect(await scene.ask(today, '/shop')).toEqual({ data: { cart: '1' }, lines: [] });
    },
  );

  test.each([...changes, ...namesakes])('%s keeps the session id', async (_what, before, after) => {
    const scene = createScene();
    const idOf = (lines: readonly string[]): unknown =>
      lines.map((line) => /^[^=]+=([^;]+)/.exec(line)?.[1]).find((id) => id !== undefined);
    const first = idOf((await scene.ask(before, '/shop?cart=1')).lines);
    scene.clock.advance(60_000);
    const { lines } = await scene.ask({ ...after, former: [former(before)] }, '/shop');
    expect(idOf(lines)).toBe(first);
  });

  test.each([...changes, ...namesakes])(
    '%s and back again strands nobody',
    async (_what, before, after) => {
      const scene = createScene();
      await scene.ask(before, '/shop?cart=1');
      for (const [now, then] of [
        [after, before],
        [before, after],
      ] as const) {
        scene.clock.advance(60_000);
        const seen = await scene.ask({ ...now, former: [former(then)] }, '/shop');
        expect(seen).toMatchObject({ data: { cart: '1' } });
      }
      expect(await scene.kept()).toEqual([keptOf(before)]);
    },
  );

  test.each([...changes, ...namesakes])(
    '%s leaves nothing after a sign-out',
    async (_what, before, after) => {
      const scene = createScene();
      await scene.ask(before, '/shop?cart=1');
      const today = { ...after, former: [former(before)] };
      expect(await scene.ask(today, '/shop/sign-out')).toMatchObject({ data: {} });
      expect(await scene.kept()).toEqual([]);
      expect(await scene.ask(today, '/shop')).toEqual({ data: {}, lines: [] });
    },
  );

  test('is not read when it is not declared', async () => {
    const scene = createScene();
    await scene.ask({ domain: 'all' }, '/?cart=1');
    expect(await scene.ask({ key: 'latchkey_session' })).toEqual({ data: {}, lines: [] });
    // A record of the domain in a cookie of the host: the name fits, the scope does not.
    const bare = createScene();
    await bare.ask({ prefix: 'none', domain: 'all' }, '/?cart=1');
    expect(await bare.ask({ prefix: 'none' })).toEqual({ data: {}, lines: [] });
  });

  test('goes at a sign-out also on a path that did not bring it', async () => {
    const scene = createScene();
    await scene.ask({ path: '/shop' }, '/shop?cart=1');
    const today = { former: [{ path: '/shop' }] };
    await scene.ask(today, '/sign-out');
    expect(await scene.kept()).toEqual([]);
    expect(await scene.ask(today, '/shop')).toEqual({ data: {}, lines: [] });
  });

  test('may have been changed several times', async () => {
    const [one, two, three] = [{ key: 'one' }, { key: 'two', domain: 'all' }, { key: 'three' }];
    for (const before of [one, two]) {
      const scene = createScene();
      await scene.ask(before, '/?cart=1');
      const seen = await scene.ask({ ...three, former: [former(two), former(one)] });
      expect(seen).toMatchObject({ data: { cart: '1' } });
      expect(await scene.kept()).toEqual([keptOf(three)]);
    }
  });

  test('without a prefix has one name for host and domain, and goes all the same', async () => {
    const at = 'https://shop.kittens.example';
    const scene = createScene(at);
    await scene.ask({ prefix: 'none' }, '/?cart=1');
    scene.clock.advance(60_000);
    const today = { prefix: 'none' as const, domain: 'all', former: [{}] };
    expect(await scene.ask(today)).toMatchObject({ data: { cart: '1' } });
    expect(await scene.kept()).toEqual([keptOf(today, at)]);
  });
});

describe('beside the cookie of today', () => {
  const today = { key: 'new', former: [{ key: 'old' }, { key: 'older', domain: 'all' }] };

  /** A browser that has sessions under these names, made by apps of before. */
  async function withCookies(...keys: readonly string[]): Promise<Scene> {
    const scene = createScene();
    for (const key of keys) {
      await scene.ask({ key, ...(key === 'older' ? { domain: 'all' } : {}) }, `/?from=${key}`);
    }
    scene.reads = 0;
    return scene;
  }

  test('former ones are not asked for, and go', async () => {
    const scene = await withCookies('old', 'older', 'new');
    expect(await scene.ask(today)).toMatchObject({ data: { from: 'new' } });
    expect(scene.reads).toBe(1);
    expect(await scene.kept()).toEqual([keptOf({ key: 'new' })]);
    expect(scene.events).toEqual([]);
  });

  test('one that opens nothing does not hide a former one that does', async () => {
    const scene = await withCookies('old');
    await scene.jar.setCookie('__Host-new=nonsense; Path=/; Secure', origin);
    expect(await scene.ask(today)).toMatchObject({ data: { from: 'old' } });
    expect(await scene.kept()).toEqual([keptOf({ key: 'new' })]);
  });

  test('two former ones that open different sessions are both refused, and all go', async () => {
    const scene = await withCookies('old', 'older');
    expect(await scene.ask(today)).toMatchObject({ data: {} });
    expect(await scene.kept()).toEqual([]);
    expect(scene.events).toEqual([{ type: 'cookie.duplicate', reason: 'several-opened' }]);
  });

  test('two former ones of one session open it', async () => {
    const scene = await withCookies('old');
    const value = (await scene.jar.getCookieString(origin)).split('=')[1];
    await scene.jar.setCookie(`__Secure-older=${value}; Domain=kittens.example; Secure`, origin);
    expect(await scene.ask(today)).toMatchObject({ data: { from: 'old' } });
    expect(await scene.kept()).toEqual([keptOf({ key: 'new' })]);
  });

  test('one that ended while the request was under way is not set as the cookie of today', async () => {
    const scene = await withCookies('old');
    const app = createAppAlone({ origin, store: scene.store, cookie: today });
    const header = await scene.jar.getCookieString(origin);
    const [slow, fast] = [await app.open(header), await app.open(header)];
    await fast.session.end();
    await fast.commit();
    for (const line of await slow.commit()) expect(line).toContain('Max-Age=0');
  });

  test('former ones that open nothing change nothing', async () => {
    const scene = createScene();
    await scene.jar.setCookie('__Host-old=nonsense; Path=/; Secure', origin);
    expect(await scene.ask(today)).toEqual({ data: {}, lines: [] });
    expect(scene.reads).toBe(0);
    expect(await scene.ask(today, '/?cart=1')).toMatchObject({ data: { cart: '1' } });
    expect(await scene.ask(today)).toMatchObject({ data: { cart: '1' } });
    expect(await scene.kept()).toEqual([keptOf({ key: 'new' })]);
  });

  test('hundreds of former ones are not looked up, and all go', async () => {
    const header = Array.from({ length: 300 }, (_, n) => `__Secure-older=${n}`).join('; ');
    const store = createMemoryStore();
    const app = createAppAlone({ origin, store, cookie: today });
    const lines = await (await app.open(header)).commit();
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toContain('Max-Age=0');
  });

  test('an app without former cookies asks the store once and sets nothing', async () => {
    const scene = await withCookies('new');
    expect(await scene.ask({ key: 'new' })).toEqual({ data: { from: 'new' }, lines: [] });
    expect(scene.reads).toBe(1);
  });
});

test('a sign-in clears every former cookie, also one whose path did not bring it', async () => {
  const store = createMemoryStore();
  const cookie = { former: [{ path: '/shop' }, { domain: 'all' }, { key: 'old' }] };
  const { sessions: flow } = createAppAlone({ origin, store, cookie });
  const slot = 'AAAAAAAAAAAAAAAA' as Parameters<typeof flow.signIn>[1];
  const record: SignInRecord = {
    version: 1,
    id: 'sign-in',
    provedAt: 0,
    methods: ['pwd'],
    apps: {},
    createdAt: 0,
    device: '',
    place: '',
    remembered: false,
    account: { id: 'ada', email: 'ada@kittens.example', name: 'Ada' },
    idleSeconds: 600,
    absoluteSeconds: 3600,
  };
  await store.createSignIn(slot, record, flow.realm);
  const opened = await flow.open(undefined);
  expect(await flow.signIn(opened.session, slot)).toBe('signed-in');
  const lines = await opened.commit();
  const [cleared, set] = [lines.slice(0, -1), lines.at(-1)];
  expect(set).toMatch(/^__Host-latchkey_session=[\w-]+\.[\w-]+; Path=\/;/);
  expect(cleared).toEqual([
    clearCookieLine(resolveScope({ origin, key: 'latchkey_session', path: '/shop' })),
    clearCookieLine(resolveScope({ origin, key: 'latchkey_session', domain: 'all' })),
    clearCookieLine(resolveScope({ origin, key: 'old' })),
  ]);
  expect(flow.clearLines).toEqual([flow.clearLine, ...cleared]);
});

describe('expireAfter', () => {
  const cookie = { expireAfter: 86_400 };

  test('is told when the session begins and again with each recorded use', async () => {
    const scene = createScene();
    const { lines } = await scene.ask(cookie, '/?cart=1');
    expect(lines).toEqual([expect.stringContaining('; Max-Age=86400; Path=/; HttpOnly; Secure;')]);
    scene.clock.advance(59_999);
    expect((await scene.ask(cookie)).lines).toEqual([]);
    scene.clock.advance(1);
    expect((await scene.ask(cookie)).lines).toEqual(lines);
    expect((await scene.ask(cookie)).lines).toEqual([]);
  });

  test('lets no cookie be set anew for what opens nothing, nor after a sign-out', async () => {
    const scene = createScene();
    await scene.ask(cookie, '/?cart=1');
    scene.clock.advance(60_000);
    const { lines } = await scene.ask(cookie, '/sign-out');
    expect(lines).toEqual([expect.stringMatching(/^__Host-latchkey_session=; Max-Age=0;/)]);
    await scene.jar.setCookie('__Host-latchkey_session=nonsense; Path=/; Secure', origin);
    expect((await scene.ask(cookie)).lines).toEqual([]);
  });

  test('sets nothing again for a session that ended while the request was under way', async () => {
    const clock = createFakeClock();
    const store = createMemoryStore({ now: clock.now });
    const app = createAppAlone({ origin, store, cookie });
    const first = await app.open(undefined);
    first.session.data['cart'] = '1';
    const header = (await first.commit())[0]?.split(';')[0];
    clock.advance(60_000);
    const slow = await app.open(header);
    const fast = await app.open(header);
    await fast.session.end();
    expect(await fast.commit()).toEqual([expect.stringContaining('Max-Age=0')]);
    expect(await slow.commit()).toEqual([]);
    expect(await slow.commit()).toEqual([]);
  });

  test('fails no request where the store is down when the answer leaves', async () => {
    const clock = createFakeClock();
    const store = createMemoryStore({ now: clock.now });
    let isDown = false;
    const read: SessionStore['read'] = (key) =>
      isDown ? Promise.reject(new Error('down')) : store.read(key);
    const app = createAppAlone({ origin, store: { ...store, read }, cookie });
    const first = await app.open(undefined);
    first.session.data['cart'] = '1';
    const header = (await first.commit())[0]?.split(';')[0];
    clock.advance(60_000);
    const later = await app.open(header);
    isDown = true;
    expect(await later.commit()).toEqual([]);
  });

  test('is absent by default: the cookie goes with the browser, and is never set again', async () => {
    const scene = createScene();
    expect((await scene.ask({}, '/?cart=1')).lines[0]).not.toContain('Max-Age');
    scene.clock.advance(60_000);
    expect((await scene.ask({})).lines).toEqual([]);
  });
});

const anyCookie: fc.Arbitrary<CookieOptions> = fc.record(
  {
    key: fc.constantFrom('one', 'two'),
    domain: fc.constantFrom('all', 'shop.kittens.example', ['kittens.example']),
    prefix: fc.constantFrom('auto' as const, 'none' as const),
    path: fc.constantFrom('/', '/shop'),
  },
  { requiredKeys: ['key', 'prefix'] },
);

test('however often a cookie changes, its session lives on in exactly one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyCookie, { minLength: 2, maxLength: 5 }), async (history) => {
      const scene = createScene();
      await scene.ask(history[0] ?? {}, '/shop?cart=1');
      for (const [index, today] of history.entries()) {
        const others = history.slice(0, index).filter((before) => keptOf(before) !== keptOf(today));
        scene.clock.advance(60_000);
        const seen = await scene.ask({ ...today, former: others.map(former) }, '/shop');
        expect(seen.data).toEqual({ cart: '1' });
        expect(await scene.kept()).toEqual([keptOf(today)]);
      }
    }),
    { numRuns: 200 },
  );
});

test('no header makes an app with former cookies throw, or opens a session that is not there', async () => {
  const cookie = { key: 'one', former: [{ key: 'two', domain: 'all' }, { domain: 'all' }] };
  const app = createAppAlone({ origin, store: createMemoryStore(), cookie });
  const value = fc.oneof(fc.string(), fc.base64String({ minLength: 60, maxLength: 60 }));
  const names = ['__Host-one', '__Secure-two', '__Secure-one', 'one'];
  const pair = fc.tuple(fc.constantFrom(...names), value).map(([name, text]) => `${name}=${text}`);
  const header = fc.array(fc.oneof(pair, fc.string())).map((parts) => parts.join('; '));
  await fc.assert(
    fc.asyncProperty(header, async (text) => {
      const opened = await app.open(text);
      expect(opened.session.backing()).toBe(null);
      for (const line of await opened.commit()) expect(line).toContain('Max-Age=0');
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['a former cookie that is the one of today', [{}], 'former\\[0\\]'],
  ['an unknown option', [{ key: 'old' }, { sameSite: 'lax' }], 'former\\[1\\].*sameSite'],
  ['something that is no list', { key: 'old' }, 'list'],
  ['something that is no object', ['old'], 'object'],
  ['nothing in the list', [null], 'object'],
])('%s is refused, and the message says which', (_what, former, words) => {
  const cookie = { former } as unknown as CookieOptions;
  expect(() => createAppAlone({ origin, store: 'memory:', cookie })).toThrow(
    expect.objectContaining({
      code: 'option_invalid',
      message: expect.stringMatching(new RegExp(words)),
    }),
  );
});

test('a former domain that browsers never took is refused as one of today would be', () => {
  for (const domain of ['example', 'puppies.example']) {
    const cookie = { former: [{ domain }] };
    expect(() => createAppAlone({ origin, store: 'memory:', cookie })).toThrow(
      expect.objectContaining({ code: 'cookie_domain_refused' }),
    );
  }
});
