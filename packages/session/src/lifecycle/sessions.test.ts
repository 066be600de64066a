import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock, type FakeClock } from '@latchkey/testkit';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { realm, realms } from '../../test/realm.ts';
import { resolveScope } from '../cookie/scope.ts';
import { LatchkeyError } from '../errors.ts';
import type { OpenSession } from '../http/http-exchange.ts';
import { createPlatform, type LatchkeyEvent } from '../platform.ts';
import { createSessionId, createSlot, parseSessionId, storeKey } from '../session-id/session-id.ts';
import type { SessionStore, SignInRecord, Slot } from '../session-store.ts';
import { createMemoryStore } from '../store/memory.ts';
import { createSqliteStore } from '../store/sqlite/sqlite.ts';
import { createSessions, type Sessions, type SessionsOptions } from './sessions.ts';

const cookie = resolveScope({ origin: 'https://shop.kittens.example', key: 'kittens' });
const idleSeconds = 600;
const absoluteSeconds = 3600;
const ada = { id: 'ada', email: 'ada@kittens.example', name: 'Ada' };

interface Bench {
  readonly store: SessionStore;
  readonly clock: FakeClock;
  readonly events: LatchkeyEvent[];
  /** Every call of a store method, by name. */
  readonly calls: string[];
  /** While set, every store method fails so. */
  down: LatchkeyError | null;
  readonly sessions: Sessions;
  make(options?: Partial<SessionsOptions>): Sessions;
}

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type Kind = 'memory' | 'sqlite';

async function openStore(kind: Kind, clock: FakeClock): Promise<SessionStore> {
  if (kind === 'memory') return createMemoryStore({ now: clock.now });
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-sessions-'));
  const store = createSqliteStore({ path: join(folder, 'sessions.db'), now: clock.now });
  closing.push(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  return store;
}

async function start(kind: Kind): Promise<Bench> {
  const clock = createFakeClock();
  const events: LatchkeyEvent[] = [];
  const calls: string[] = [];
  const real = await openStore(kind, clock);
  const watched = {} as Record<string, unknown>;
  for (const [name, method] of Object.entries(real)) {
    watched[name] = (...args: unknown[]) => {
      if (name !== 'now') calls.push(name);
      if (bench.down !== null && name !== 'now') return Promise.reject(bench.down);
      return (method as (...given: unknown[]) => unknown)(...args);
    };
  }
  const store = watched as unknown as SessionStore;
  const make = (options: Partial<SessionsOptions> = {}): Sessions =>
    createSessions({
      store,
      cookie,
      idleSeconds,
      absoluteSeconds,
      scopeName: 'shop',
      app: 'shop',
      realm: realms,
      platform: createPlatform({ onEvent: (event) => events.push(event) }),
      ...options,
    });
  const bench: Bench = { store, clock, events, calls, down: null, sessions: make(), make };
  return bench;
}

function signInRecord(parts: Partial<SignInRecord> = {}): SignInRecord {
  return {
    version: 1,
    id: 'sign-in',
    account: ada,
    provedAt: 0,
    methods: ['pwd'],
    device: '',
    place: '',
    remembered: false,
    apps: { shop: null },
    createdAt: 0,
    idleSeconds,
    absoluteSeconds,
    ...parts,
  };
}

/** The `Cookie` header that a browser sends after these `Set-Cookie` lines. */
function headerOf(lines: readonly string[]): string {
  const pairs = lines.map((line) => line.split(';')[0] ?? '').filter((pair) => !pair.endsWith('='));
  return pairs.join('; ');
}

/** Opens, changes data and commits, as a request does; answers with the cookies. */
async function request(
  sessions: Sessions,
  header: string | undefined,
  work: (session: OpenSession['session']) => unknown = () => undefined,
): Promise<readonly string[]> {
  const opened = await sessions.open(header);
  await work(opened.session);
  return opened.commit();
}

/** A session with data; answers with its `Cookie` header. */
async function store(sessions: Sessions, data: Record<string, unknown>): Promise<string> {
  return headerOf(
    await request(sessions, undefined, (session) => Object.assign(session.data, data)),
  );
}

async function dataAt(sessions: Sessions, header: string): Promise<Record<string, unknown>> {
  return { ...(await sessions.open(header)).session.data };
}

/** A signed-in session: its `Cookie` header and slot. */
async function signIn(
  { store: records, sessions }: Pick<Bench, 'store' | 'sessions'>,
  parts: Partial<SignInRecord> = {},
): Promise<{ header: string; slot: Slot }> {
  const slot = createSlot(randomBytes);
  await records.createSignIn(slot, signInRecord(parts), realm);
  const opened = await sessions.open(undefined);
  expect(await sessions.signIn(opened.session, slot)).toBe('signed-in');
  return { header: headerOf(await opened.commit()), slot };
}

const unavailable = new LatchkeyError('store_unavailable', 'The store is down.');

describe.each(['memory', 'sqlite'] as const)('on the %s store', (kind) => {
  describe('a visitor who stored nothing', () => {
    test('gets no cookie and costs the store nothing', async () => {
      const { sessions, calls } = await start(kind);
      for (const header of [undefined, '', 'other=1', '__Host-other=1; x=y']) {
        expect(await request(sessions, header)).toEqual([]);
        expect(await request(sessions, header, (session) => session.data['cart'])).toEqual([]);
      }
      expect(calls).toEqual([]);
    });

    test('gets none for what was stored and taken back', async () => {
      const { sessions, calls } = await start(kind);
      const lines = await request(sessions, undefined, ({ data }) => {
        data['cart'] = 1;
        delete data['cart'];
      });
      expect([lines, calls]).toEqual([[], []]);
    });

    test('gets none by ending or signing out of nothing, and what it wrote before is forgotten', async () => {
      const { sessions, calls } = await start(kind);
      for (const end of ['end', 'signOut'] as const) {
        const lines = await request(sessions, undefined, async (session) => {
          session.data['cart'] = 1;
          await session[end]();
        });
        expect([lines, calls]).toEqual([[], []]);
      }
    });
  });

  describe('data', () => {
    test('is there at the next request, with one cookie that does not change', async () => {
      const { sessions } = await start(kind);
      const lines = await request(sessions, undefined, ({ data }) => {
        data['cart'] = ['apple'];
      });
      expect(lines).toEqual([
        expect.stringMatching(/^__Host-kittens=\S{60}; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
      ]);
      const header = headerOf(lines);
      expect(await dataAt(sessions, header)).toEqual({ cart: ['apple'] });
      const more = await request(sessions, header, ({ data }) => {
        (data['cart'] as string[]).push('pear');
      });
      expect(more).toEqual([]);
      expect(await dataAt(sessions, header)).toEqual({ cart: ['apple', 'pear'] });
    });

    test('that nobody changed is not written', async () => {
      const { sessions, calls } = await start(kind);
      const header = await store(sessions, { cart: 1 });
      calls.length = 0;
      await request(sessions, header, ({ data }) => data['cart']);
      expect(calls).toEqual(['read']);
    });

    test('of parallel requests that write different keys all survives', async () => {
      const { sessions } = await start(kind);
      const header = await store(sessions, { first: 0, gone: 1 });
      const keys = Array.from({ length: 20 }, (_, index) => `key${index}`);
      const opened = await Promise.all(keys.map(() => sessions.open(header)));
      for (const [index, { session }] of opened.entries()) {
        session.data[keys[index] ?? ''] = index;
        if (index === 0) delete session.data['gone'];
      }
      await Promise.all(opened.map((one) => one.commit()));
      const wanted = Object.fromEntries(keys.map((key, index) => [key, index]));
      expect(await dataAt(sessions, header)).toEqual({ first: 0, ...wanted });
    });

    test('of parallel requests that write one key is that of one of them', async () => {
      const { sessions } = await start(kind);
      const header = await store(sessions, { n: 0 });
      const opened = await Promise.all([1, 2, 3].map(() => sessions.open(header)));
      for (const [index, { session }] of opened.entries()) session.data['n'] = index + 1;
      await Promise.all(opened.map((one) => one.commit()));
      expect([1, 2, 3]).toContain((await dataAt(sessions, header))['n']);
    });

    test('that is saved early is there for others before the answer leaves', async () => {
      const { sessions } = await start(kind);
      const header = await store(sessions, { n: 0 });
      await request(sessions, header, async (session) => {
        session.data['n'] = 1;
        await session.save();
        expect(await dataAt(sessions, header)).toEqual({ n: 1 });
        session.data['m'] = 2;
      });
      expect(await dataAt(sessions, header)).toEqual({ n: 1, m: 2 });
    });

    test('that is changed while a save is under way is saved next', async () => {
      const { sessions } = await start(kind);
      const header = await store(sessions, { n: 0, list: [1] });
      await request(sessions, header, async (session) => {
        const list = session.data['list'] as number[];
        session.data['n'] = 1;
        const saving = session.save();
        session.data['late'] = true;
        list.push(2);
        await saving;
        expect(session.data['late']).toBe(true);
        list.push(3);
      });
      expect(await dataAt(sessions, header)).toEqual({ n: 1, late: true, list: [1, 2, 3] });
    });

    test('saved twice at once by a new visitor makes one session', async () => {
      const { sessions, calls } = await start(kind);
      const lines = await request(sessions, undefined, async (session) => {
        session.data['n'] = 1;
        await Promise.all([session.save(), session.save()]);
      });
      expect(calls.filter((name) => name === 'create')).toHaveLength(1);
      expect(await dataAt(sessions, headerOf(lines))).toEqual({ n: 1 });
    });

    test.each([
      [
        'a cycle',
        () => {
          const a: unknown[] = [];
          a.push(a);
          return a;
        },
      ],
      ['more than a session may hold', () => 'x'.repeat(300_000)],
    ])('that is %s is refused, and nothing is written', async (_what, make) => {
      const { sessions } = await start(kind);
      const header = await store(sessions, { n: 0 });
      const opened = await sessions.open(header);
      opened.session.data['n'] = make();
      await expect((async () => opened.commit())()).rejects.toMatchObject({
        code: 'session_data_invalid',
      });
      expect(await dataAt(sessions, header)).toEqual({ n: 0 });
    });

    test('named like what every object has is data', async () => {
      const { sessions } = await start(kind);
      const name = '__proto__';
      const header = headerOf(
        await request(sessions, undefined, ({ data }) => {
          data[name] = { isAdmin: true };
          Object.assign(data, { constructor: 1 });
        }),
      );
      const { data } = (await sessions.open(header)).session;
      expect(data['isAdmin']).toBe(undefined);
      expect(data[name]).toEqual({ isAdmin: true });
      expect(data['constructor']).toBe(1);
    });
  });

  describe('a request that is slower than the end of its session', () => {
    const endings: [string, (bench: Bench, header: string) => Promise<unknown>][] = [
      ['session.end', ({ sessions }, header) => request(sessions, header, (s) => s.end())],
      ['sign-out', ({ sessions }, header) => request(sessions, header, (s) => s.signOut())],
    ];

    test.each(endings)(
      'after %s loses what it changed, and brings nothing back',
      async (_how, end) => {
        const bench = await start(kind);
        const { sessions, events } = bench;
        for (const header of [await store(sessions, { n: 0 }), (await signIn(bench)).header]) {
          const slow = await sessions.open(header);
          slow.session.data['n'] = 1;
          await end(bench, header);
          await expect(slow.session.save()).rejects.toMatchObject({ code: 'session_ended' });
          expect(await slow.commit()).toEqual([]);
          expect(events.filter(({ type }) => type === 'session.save-lost')).toHaveLength(1);
          expect(await slow.commit()).toEqual([]);
          expect(events.filter(({ type }) => type === 'session.save-lost')).toHaveLength(1);
          events.length = 0;
          const after = (await sessions.open(header)).session;
          expect([after.access, { ...after.data }]).toEqual(['none', {}]);
        }
      },
    );

    test('after the end of the sign-in elsewhere loses as well', async () => {
      const bench = await start(kind);
      const { header, slot } = await signIn(bench);
      const slow = await bench.sessions.open(header);
      slow.session.data['n'] = 1;
      await bench.store.endSignIn(slot, 'account-suspended');
      await expect(slow.session.save()).rejects.toMatchObject({ code: 'session_ended' });
      expect((await bench.sessions.open(header)).session.signedIn).toBe(false);
    });

    test('after a sign-in cannot write into what came after', async () => {
      const bench = await start(kind);
      const { sessions } = bench;
      const old = await store(sessions, { n: 0 });
      const slow = await sessions.open(old);
      const slot = createSlot(randomBytes);
      await bench.store.createSignIn(slot, signInRecord(), realm);
      const arriving = await sessions.open(old);
      expect(await sessions.signIn(arriving.session, slot)).toBe('signed-in');
      const header = headerOf(await arriving.commit());
      slow.session.data['isAdmin'] = true;
      expect(await slow.commit()).toEqual([]);
      expect(await dataAt(sessions, header)).toEqual({ n: 0 });
    });
  });

  describe('several cookies of one name', () => {
    const unknown = (): string => {
      const id = createSessionId(createSlot(randomBytes), randomBytes);
      return `${cookie.name}=${id}`;
    };

    test('of which none opens are nobody; nothing is set, cleared or said', async () => {
      const { sessions, events } = await start(kind);
      const header = `${unknown()}; ${cookie.name}=garbage; ${unknown()}`;
      expect(await request(sessions, header)).toEqual([]);
      expect(events).toEqual([]);
    });

    test.each([0, 1, 2, 3])(
      'of which exactly one opens, at place %i, are that one',
      async (place) => {
        const { sessions, events } = await start(kind);
        const live = await store(sessions, { cart: 1 });
        const cookies = [unknown(), `${cookie.name}=`, `${cookie.name}=garbage`];
        cookies.splice(place, 0, live);
        const header = cookies.join('; ');
        expect(await request(sessions, header)).toEqual([]);
        expect(await dataAt(sessions, header)).toEqual({ cart: 1 });
        expect(events[0]).toEqual({ type: 'cookie.duplicate', app: 'shop', reason: 'one-opened' });
      },
    );

    test('with one value are one', async () => {
      const { sessions } = await start(kind);
      const live = await store(sessions, { cart: 1 });
      expect(await dataAt(sessions, `${live}; ${live}`)).toEqual({ cart: 1 });
    });

    test('that open different sessions open none, in either order, and are cleared', async () => {
      const bench = await start(kind);
      const { sessions, events } = bench;
      const mine = (await signIn(bench)).header;
      const theirs = (await signIn(bench)).header;
      for (const header of [`${mine}; ${theirs}`, `${theirs}; ${mine}`]) {
        const opened = await sessions.open(header);
        expect(opened.session.signedIn).toBe(false);
        expect(await opened.commit()).toEqual([sessions.clearLine]);
        expect(events.at(-1)).toEqual({
          type: 'cookie.duplicate',
          app: 'shop',
          reason: 'several-opened',
        });
      }
      expect((await sessions.open(mine)).session.signedIn).toBe(true);
    });

    test('of two sessions of one sign-in open none either', async () => {
      const bench = await start(kind);
      const { header, slot } = await signIn(bench);
      const opened = await bench.sessions.open(undefined);
      await bench.sessions.signIn(opened.session, slot);
      const other = headerOf(await opened.commit());
      expect((await bench.sessions.open(`${header}; ${other}`)).session.signedIn).toBe(false);
    });

    test.each([4, 20, 300])(
      '%i strange ones before ours hide nothing behind themselves',
      async (count) => {
        const bench = await start(kind);
        const mine = (await signIn(bench)).header;
        const evil = (await signIn(bench, { account: { ...ada, name: 'Evil' } })).header;
        const strange = Array.from({ length: count }, unknown);
        const opened = await bench.sessions.open([evil, ...strange, mine].join('; '));
        expect(opened.session.account).toBe(null);
        expect(await opened.commit()).toEqual([bench.sessions.clearLine]);
        expect(bench.calls.filter((name) => name === 'read').length).toBeLessThanOrEqual(6);
        expect(bench.events.at(-1)?.reason).toBe('too-many');
      },
    );

    test('in numbers that no browser sends open nothing', async () => {
      const { sessions, events } = await start(kind);
      const live = await store(sessions, { cart: 1 });
      expect(await dataAt(sessions, `${live}; ${`${cookie.name}=; `.repeat(1000)}`)).toEqual({});
      expect(events).toMatchObject([{ type: 'cookie.duplicate', reason: 'too-many' }]);
    });

    test('are not slowed down by garbage', async () => {
      const { sessions } = await start(kind);
      const live = await store(sessions, { cart: 1 });
      const garbage = Array.from({ length: 100 }, (_, index) => `${cookie.name}=${index}`);
      expect(await dataAt(sessions, [...garbage, live].join('; '))).toEqual({ cart: 1 });
    });

    test('a parallel request can be written to after a refusal: a new session, a new id', async () => {
      const bench = await start(kind);
      const [one, two] = [
        await store(bench.sessions, { a: 1 }),
        await store(bench.sessions, { b: 1 }),
      ];
      const lines = await request(bench.sessions, `${one}; ${two}`, ({ data }) => {
        data['c'] = 1;
      });
      expect(lines).toHaveLength(1);
      expect([one, two]).not.toContain(headerOf(lines));
      expect(await dataAt(bench.sessions, headerOf(lines))).toEqual({ c: 1 });
    });
  });

  test('a record of another scope opens nothing and is not touched', async () => {
    const bench = await start(kind);
    const blog = bench.make({ scopeName: 'blog', app: 'blog' });
    const header = await store(bench.sessions, { cart: 1 });
    const signed = (await signIn(bench, { apps: { shop: null, blog: null } })).header;
    bench.clock.advance(120_000);
    bench.calls.length = 0;
    for (const stolen of [header, signed]) {
      const opened = await blog.open(stolen);
      expect([opened.session.access, { ...opened.session.data }]).toEqual(['none', {}]);
      expect(await opened.commit()).toEqual([]);
    }
    expect(bench.calls).toEqual(['read', 'read']);
  });

  describe('use', () => {
    /** An anonymous session, and a signed-in one. */
    const makers: ((bench: Bench) => Promise<string>)[] = [
      ({ sessions }) => store(sessions, { n: 1 }),
      async (bench) => (await signIn(bench)).header,
    ];

    test('is recorded at most once a minute', async () => {
      const bench = await start(kind);
      const { header } = await signIn(bench);
      const touches = async (milliseconds: number): Promise<number> => {
        bench.clock.advance(milliseconds);
        bench.calls.length = 0;
        for (let index = 0; index < 5; index += 1) await request(bench.sessions, header);
        return bench.calls.filter((name) => name === 'touch').length;
      };
      expect(await touches(0)).toBe(0);
      expect(await touches(59_999)).toBe(0);
      expect(await touches(1)).toBe(1);
      expect(await touches(59_999)).toBe(0);
      expect(await touches(3_600)).toBe(1);
    });

    test('keeps a session longer than its idle time, and not longer than it may last', async () => {
      const bench = await start(kind);
      for (const make of makers) {
        const header = await make(bench);
        const began = bench.clock.now();
        for (;;) {
          const opened = await bench.sessions.open(header);
          if (opened.session.backing() === null) break;
          bench.clock.advance(300_000);
        }
        const lasted = (bench.clock.now() - began) / 1000;
        expect(lasted).toBe(absoluteSeconds);
      }
    });

    test('that does not happen ends a session after its idle time', async () => {
      const bench = await start(kind);
      for (const make of makers) {
        const header = await make(bench);
        bench.clock.advance(idleSeconds * 1000 - 1);
        expect((await bench.sessions.open(header)).session.backing()).not.toBe(null);
        bench.clock.advance(idleSeconds * 1000);
        expect((await bench.sessions.open(header)).session.backing()).toBe(null);
      }
    });

    test('that cannot be recorded is an event, not a failure', async () => {
      const bench = await start(kind);
      const failing = bench.make({
        store: { ...bench.store, touch: () => Promise.reject(unavailable) },
      });
      const { header } = await signIn(bench);
      bench.clock.advance(60_000);
      expect((await failing.open(header)).session.signedIn).toBe(true);
      await Promise.resolve();
      expect(bench.events).toContainEqual({
        type: 'store.unavailable',
        reason: 'touch',
        cause: unavailable,
      });
    });
  });

  describe('access', () => {
    test.each([
      ['no limit', { shop: null }, 'granted'],
      ['other apps only', { blog: null }, 'denied'],
      ['no apps', {}, 'denied'],
    ] as const)('with %s is %j', async (_what, apps, access) => {
      const bench = await start(kind);
      const { session } = await bench.sessions.open((await signIn(bench, { apps })).header);
      expect(session.access).toBe(access);
      const inApp = { ...ada, roles: [], groups: [] };
      expect(session.account).toEqual(access === 'granted' ? inApp : null);
      expect(session.signedIn).toBe(access === 'granted');
      expect(session.signInRecord?.account).toEqual(ada);
    });

    test('until an instant runs out at it, by the store’s clock', async () => {
      const bench = await start(kind);
      const until = bench.clock.now() + 1000;
      const { header } = await signIn(bench, { apps: { shop: until } });
      const accessNow = async (): Promise<string> =>
        (await bench.sessions.open(header)).session.access;
      expect(await accessNow()).toBe('granted');
      bench.clock.advance(999);
      expect(await accessNow()).toBe('granted');
      bench.clock.advance(1);
      expect(await accessNow()).toBe('denied');
    });

    test('that is withdrawn holds for the next request', async () => {
      const bench = await start(kind);
      const { header, slot } = await signIn(bench);
      const found = await bench.store.readSignIn(slot);
      if (found === null) throw new Error('no sign-in');
      await bench.store.replaceSignIn(slot, { ...found.signIn, apps: {} }, found.signIn.version);
      expect((await bench.sessions.open(header)).session.access).toBe('denied');
    });

    test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
      'is not granted by what every object has: %s',
      async (app) => {
        const bench = await start(kind);
        const { header } = await signIn(bench);
        expect((await bench.make({ app }).open(header)).session.access).toBe('denied');
      },
    );

    test('is granted to everybody signed in where no grant is asked', async () => {
      const bench = await start(kind);
      const { header } = await signIn(bench, { apps: {} });
      expect((await bench.make({ app: null }).open(header)).session.access).toBe('granted');
    });

    test('of an anonymous session is none', async () => {
      const bench = await start(kind);
      const header = await store(bench.sessions, { n: 1 });
      expect((await bench.sessions.open(header)).session.access).toBe('none');
    });
  });

  describe('signing in', () => {
    test('CVE-2022-25896: gives a new id, carries data over with what is not saved yet, and ends the old id', async () => {
      const bench = await start(kind);
      const old = await store(bench.sessions, { cart: 1, gone: 1 });
      const slot = createSlot(randomBytes);
      await bench.store.createSignIn(slot, signInRecord(), realm);
      const opened = await bench.sessions.open(old);
      opened.session.data['more'] = 2;
      delete opened.session.data['gone'];
      expect(await bench.sessions.signIn(opened.session, slot)).toBe('signed-in');
      expect(opened.session.account).toMatchObject(ada);
      expect(opened.session.data).toEqual({ cart: 1, more: 2 });
      const header = headerOf(await opened.commit());
      expect(header).not.toBe(old);
      expect(await dataAt(bench.sessions, header)).toEqual({ cart: 1, more: 2 });
      expect((await bench.sessions.open(old)).session.backing()).toBe(null);
    });

    test('under a used or ended token changes nothing', async () => {
      const bench = await start(kind);
      const old = await store(bench.sessions, { cart: 1 });
      const slot = createSlot(randomBytes);
      await bench.store.createSignIn(slot, signInRecord(), realm);
      const once = { id: 'once-once-once-1', seconds: 60 };
      await bench.store.takeOnce(slot, once);
      for (const [at, outcome] of [
        [slot, 'used'],
        [createSlot(randomBytes), 'ended'],
      ] as const) {
        const opened = await bench.sessions.open(old);
        expect(await bench.sessions.signIn(opened.session, at, { once })).toBe(outcome);
        expect(opened.session.access).toBe('none');
        expect(opened.session.data).toEqual({ cart: 1 });
        expect(await opened.commit()).toEqual([]);
      }
      expect(await dataAt(bench.sessions, old)).toEqual({ cart: 1 });
    });

    test('again with the same sign-in keeps the session, but takes the token', async () => {
      const bench = await start(kind);
      const { header, slot } = await signIn(bench);
      const once = { id: 'once-once-once-1', seconds: 60 };
      for (const outcome of ['signed-in', 'used']) {
        const opened = await bench.sessions.open(header);
        expect(await bench.sessions.signIn(opened.session, slot, { once })).toBe(outcome);
        expect(await opened.commit()).toEqual([]);
      }
      await bench.store.endSignIn(slot, 'sign-out');
      const late = await bench.sessions.open(undefined);
      expect(await bench.sessions.signIn(late.session, slot, { once: { ...once, id: 'x' } })).toBe(
        'ended',
      );
    });

    test('as somebody else drops the data, saved or not, and ends the old session alone', async () => {
      const bench = await start(kind);
      const { header: old, slot: first } = await signIn(bench);
      await request(bench.sessions, old, ({ data }) => {
        data['mine'] = 1;
      });
      const slot = createSlot(randomBytes);
      await bench.store.createSignIn(
        slot,
        signInRecord({ account: { ...ada, name: 'Ben' } }),
        realm,
      );
      const opened = await bench.sessions.open(old);
      opened.session.data['unsaved'] = 1;
      expect(await bench.sessions.signIn(opened.session, slot)).toBe('signed-in');
      expect([opened.session.account?.name, { ...opened.session.data }]).toEqual(['Ben', {}]);
      const header = headerOf(await opened.commit());
      expect(await dataAt(bench.sessions, header)).toEqual({});
      expect((await bench.sessions.open(old)).session.backing()).toBe(null);
      expect(await bench.store.readSignIn(first)).not.toBe(null);
    });

    test('twenty times at once with one token succeeds once', async () => {
      const bench = await start(kind);
      const slot = createSlot(randomBytes);
      await bench.store.createSignIn(slot, signInRecord(), realm);
      const once = { id: 'once-once-once-1', seconds: 60 };
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const { session } = await bench.sessions.open(undefined);
          return bench.sessions.signIn(session, slot, { once });
        }),
      );
      expect(outcomes.filter((outcome) => outcome === 'signed-in')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'used')).toHaveLength(19);
    });
  });

  describe('ending', () => {
    test('a session drops its cookie and data; the sign-in lives on', async () => {
      const bench = await start(kind);
      const { header, slot } = await signIn(bench);
      const lines = await request(bench.sessions, header, async (session) => {
        session.data['n'] = 1;
        await session.end();
        expect([session.signedIn, { ...session.data }]).toEqual([false, {}]);
      });
      expect(lines).toEqual([bench.sessions.clearLine]);
      expect(await bench.store.readSignIn(slot)).not.toBe(null);
      expect((await bench.sessions.open(header)).session.backing()).toBe(null);
    });

    test('a session and writing on gives a new id, with nothing of the old', async () => {
      const bench = await start(kind);
      const old = await store(bench.sessions, { n: 1 });
      const lines = await request(bench.sessions, old, async (session) => {
        await session.end();
        session.data['m'] = 2;
      });
      expect(lines).toHaveLength(1);
      expect(headerOf(lines)).not.toBe(old);
      expect(await dataAt(bench.sessions, headerOf(lines))).toEqual({ m: 2 });
      expect(await dataAt(bench.sessions, old)).toEqual({});
    });

    test('a sign-in ends all its sessions, in every scope', async () => {
      const bench = await start(kind);
      const { header, slot } = await signIn(bench, { apps: { shop: null, blog: null } });
      const blog = bench.make({ scopeName: 'blog', app: 'blog' });
      const there = await blog.open(undefined);
      await blog.signIn(there.session, slot);
      const other = headerOf(await there.commit());
      expect((await blog.open(other)).session.signedIn).toBe(true);
      const lines = await request(bench.sessions, header, (session) => session.signOut());
      expect(lines).toEqual([bench.sessions.clearLine]);
      expect((await blog.open(other)).session.signedIn).toBe(false);
      expect((await bench.sessions.open(header)).session.signedIn).toBe(false);
    });

    test('goes the way that the family gives it', async () => {
      const bench = await start(kind);
      const { header, slot } = await signIn(bench);
      const ended: unknown[] = [];
      const sessions = bench.make({
        async endSignIn(...args) {
          ended.push(args);
          return 'the-ticket';
        },
      });
      const opened = await sessions.open(header);
      expect(await sessions.signOut(opened.session)).toBe('the-ticket');
      expect(await opened.commit()).toEqual([sessions.clearLine]);
      expect(ended).toEqual([[slot, 'sign-out']]);
    });

    test('without a login host drops the session here and says so', async () => {
      const bench = await start(kind);
      const { header } = await signIn(bench);
      const away = new LatchkeyError('login_host_unavailable', 'away');
      const sessions = bench.make({ endSignIn: () => Promise.reject(away) });
      const opened = await sessions.open(header);
      await expect(opened.session.signOut()).rejects.toBe(away);
      expect(opened.session.signedIn).toBe(false);
      expect(await opened.commit()).toEqual([sessions.clearLine]);
    });

    test('that fails keeps the session', async () => {
      const bench = await start(kind);
      const { header } = await signIn(bench);
      const opened = await bench.sessions.open(header);
      bench.down = unavailable;
      await expect(opened.session.signOut()).rejects.toBe(unavailable);
      await expect(opened.session.end()).rejects.toBe(unavailable);
      expect(opened.session.signedIn).toBe(true);
      expect(await opened.commit()).toEqual([]);
    });
  });

  describe('hostile cookies', () => {
    test('of any form are nobody, and the store is not asked', async () => {
      const { sessions, calls } = await start(kind);
      const live = (await store(sessions, { n: 1 })).split('=')[1] ?? '';
      calls.length = 0;
      const { name } = cookie;
      const headers = [
        name,
        `${name}=`,
        `${name}=${live.slice(1)}`,
        `${name}=${live.slice(0, -1)}`,
        `${name}=${live}A`,
        `${name}="${live}"`,
        `${name}=${live.replace('.', '%2E')}`,
        `${name}=${live} ${live}`,
        `${name}=${'A'.repeat(100_000)}`,
        `${name.toLowerCase()}=${live}`,
        `%5F_Host-kittens=${live}`,
        `kittens=${live}`,
        `x=${name}=${live}`,
        `${name}\u00a0=${live}`,
        ';'.repeat(50_000),
      ];
      for (const header of headers) {
        expect(await request(sessions, header)).toEqual([]);
        expect((await sessions.open(header)).session.backing()).toBe(null);
      }
      expect(calls).toEqual([]);
    });

    test('that look right but are unknown are nobody, and are not adopted', async () => {
      const bench = await start(kind);
      const { slot } = await signIn(bench);
      const made = [createSlot(randomBytes), slot].map((at) => createSessionId(at, randomBytes));
      for (const id of made) {
        const lines = await request(bench.sessions, `${cookie.name}=${id}`, ({ data }) => {
          data['n'] = 1;
        });
        expect(lines).toHaveLength(1);
        expect(lines[0]).not.toContain(id);
        expect(await bench.store.read(storeKey(realm, id))).toBe(null);
      }
    });

    test('GHSA-8fpg, GHSA-xmf8: never throw, whatever the header', async () => {
      const { sessions } = await start(kind);
      const part = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 70 }),
        fc.constantFrom(`${cookie.name}=`, '; ', '=', cookie.name),
        fc.stringMatching(/^[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{43}$/),
      );
      const headers = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));
      await fc.assert(
        fc.asyncProperty(headers, async (header) => {
          const opened = await sessions.open(header);
          expect(opened.session.backing()).toBe(null);
          expect(await opened.commit()).toEqual([]);
        }),
        { numRuns: fuzzRuns },
      );
    });

    test('do not show up in events', async () => {
      const bench = await start(kind);
      const one = (await signIn(bench)).header;
      const two = (await signIn(bench)).header;
      await bench.sessions.open(`${one}; ${two}`);
      await bench.sessions.open(`${one}; ${cookie.name}=x`);
      const slow = await bench.sessions.open(one);
      slow.session.data['n'] = 1;
      await request(bench.sessions, one, (session) => session.signOut());
      await slow.commit();
      expect(bench.events).toHaveLength(3);
      const said = JSON.stringify(bench.events);
      for (const header of [one, two]) {
        const id = parseSessionId(header.split('=')[1] ?? '');
        expect(id).not.toBe(null);
        expect(said).not.toContain(id);
        expect(said).not.toContain(id?.slice(0, 16));
      }
    });
  });

  describe('while the store is down', () => {
    test('only a request that brings a well-formed cookie is told', async () => {
      const bench = await start(kind);
      const header = await store(bench.sessions, { n: 1 });
      bench.down = unavailable;
      for (const other of [undefined, '', 'x=y', `${cookie.name}=garbage`, `${cookie.name}=`]) {
        expect(await request(bench.sessions, other)).toEqual([]);
      }
      const open = async (given: string): Promise<unknown> => bench.sessions.open(given);
      await expect(open(header)).rejects.toBe(unavailable);
      await expect(open(`${header}; ${cookie.name}=x`)).rejects.toBe(unavailable);
      bench.down = null;
      expect(await dataAt(bench.sessions, header)).toEqual({ n: 1 });
    });

    test('what is to be saved is refused, and can be saved when it is back', async () => {
      const bench = await start(kind);
      const header = await store(bench.sessions, { n: 1 });
      const known = await bench.sessions.open(header);
      const fresh = await bench.sessions.open(undefined);
      known.session.data['n'] = 2;
      fresh.session.data['n'] = 3;
      bench.down = unavailable;
      for (const opened of [known, fresh]) {
        await expect((async () => opened.commit())()).rejects.toBe(unavailable);
        await expect(opened.session.save()).rejects.toBe(unavailable);
      }
      bench.down = null;
      expect(await known.commit()).toEqual([]);
      expect(await dataAt(bench.sessions, header)).toEqual({ n: 2 });
      expect(await dataAt(bench.sessions, headerOf(await fresh.commit()))).toEqual({ n: 3 });
    });
  });
});

test('a session that is written without pause gives up with a coded error, not never', async () => {
  const bench = await start('memory');
  const header = await store(bench.sessions, { n: 1 });
  const busy = bench.make({ store: { ...bench.store, replace: async () => 'outdated' } });
  const opened = await busy.open(header);
  opened.session.data['n'] = 2;
  await expect((async () => opened.commit())()).rejects.toMatchObject({
    code: 'store_unavailable',
  });
});

test('in any order of the store’s steps no change of parallel requests is lost, also across a sign-in', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 4 }), async (scheduler, writers) => {
      const bench = await start('memory');
      const old = await store(bench.sessions, { first: 0 });
      const slot = createSlot(randomBytes);
      await bench.store.createSignIn(slot, signInRecord(), realm);
      const { read, create, replace, end } = bench.store;
      const slowly = bench.make({
        store: {
          ...bench.store,
          read: scheduler.scheduleFunction(async (...args: Parameters<typeof read>) =>
            read(...args),
          ),
          create: scheduler.scheduleFunction(create),
          replace: scheduler.scheduleFunction(replace),
          end: scheduler.scheduleFunction(end),
        },
      });
      let written = 0;
      const write = async (index: number): Promise<void> => {
        await request(slowly, old, ({ data }) => {
          // Who finds the old id dead begins a session of its own; that has nothing to do with this one.
          if (data['first'] !== 0) return;
          written += 1;
          data[`key${index}`] = index;
        });
      };
      const arrive = async (): Promise<string> => {
        const opened = await slowly.open(old);
        await slowly.signIn(opened.session, slot);
        return headerOf(await opened.commit());
      };
      const arriving = arrive();
      const writing = Array.from({ length: writers }, (_, index) => write(index));
      await scheduler.waitFor(Promise.all([...writing, arriving]));
      const data = await dataAt(bench.sessions, await arriving);
      const survived = Object.keys(data).filter((key) => key.startsWith('key')).length;
      const lost = bench.events.filter(({ type }) => type === 'session.save-lost').length;
      expect(data['first']).toBe(0);
      // Either saved in time and carried over, or too late and reported as lost: never silently gone.
      expect(survived + lost).toBe(written);
      expect((await bench.sessions.open(old)).session.backing()).toBe(null);
    }),
    { numRuns: 200 },
  );
});
