import { randomBytes } from 'node:crypto';
import { createFakeClock, type FakeClock } from '@latchkey/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { realm, realms } from '../../test/realm.ts';
import { resolveScope } from '../cookie/scope.ts';
import { createPlatform } from '../platform.ts';
import { createCsrfToken, isCsrfTokenFor } from '../request-guard/csrf-token.ts';
import { createSlot } from '../session-id/session-id.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import type { SessionStore, SignInRecord, Slot } from '../session-store.ts';
import { createMemoryStore } from '../store/memory.ts';
import { createSessions, type Sessions } from './sessions.ts';

const cookie = resolveScope({ origin: 'https://shop.kittens.example', key: 'kittens' });
const post = { path: '/posts', method: 'POST' };
let clock: FakeClock;
let store: SessionStore;
let sessions: Sessions;

beforeEach(() => {
  clock = createFakeClock();
  store = createMemoryStore({ now: clock.now });
  sessions = createSessions({
    realm: realms,
    store,
    cookie,
    scopeName: 'shop',
    app: 'shop',
    idleSeconds: 600,
    absoluteSeconds: 3600,
    platform: createPlatform(),
  });
});

/** One request: opens, does the work, saves; the `Cookie` header of the next one. */
async function visit<T>(
  header: string | undefined,
  work: (session: SessionObject) => T,
): Promise<{ header: string | undefined; result: Awaited<T> }> {
  const opened = await sessions.open(header);
  const result = await work(opened.session);
  const [line] = await opened.commit();
  return { header: line === undefined ? header : line.split(';')[0], result };
}

async function signInSlot(): Promise<Slot> {
  const slot = createSlot(randomBytes);
  const record: SignInRecord = {
    version: 1,
    id: slot,
    provedAt: 0,
    methods: ['pwd'],
    apps: { shop: null },
    createdAt: 0,
    account: { id: 'ada', email: 'ada@kittens.example', name: 'Ada' },
    device: '',
    place: '',
    remembered: false,
    idleSeconds: 600,
    absoluteSeconds: 3600,
  };
  await store.createSignIn(slot, record, realm);
  return slot;
}

function isGood(token: unknown, session: SessionObject): boolean {
  return isCsrfTokenFor(session.data['_csrf_token'], token, post);
}

describe('session.csrfToken', () => {
  test('makes a session for a visitor without one, and its secret is kept', async () => {
    const first = await visit(undefined, (session) => session.csrfToken());
    expect(first.header).toMatch(/^__Host-kittens=/);
    const next = await visit(first.header, (session) => isGood(first.result, session));
    expect(next).toEqual({ header: first.header, result: true });
  });

  test('does not write again where there is a secret', async () => {
    const { header } = await visit(undefined, (session) => session.csrfToken());
    const opened = await sessions.open(header);
    const tokens = [opened.session.csrfToken(), opened.session.csrfToken({ ...form })];
    expect(tokens[0]).not.toBe(tokens[1]);
    expect(opened.commit()).toEqual([]);
  });

  const form = { action: '/posts', method: 'post' };

  test('for a form is good for that form alone', async () => {
    const { header, result: token } = await visit(undefined, (one) => one.csrfToken(form));
    const { result: secret } = await visit(header, (session) => session.data['_csrf_token']);
    expect(isCsrfTokenFor(secret, token, post)).toBe(true);
    expect(isCsrfTokenFor(secret, token, { ...post, path: '/other' })).toBe(false);
  });

  test('with an action that is none throws, and makes no session', async () => {
    const opened = await sessions.open(undefined);
    const make = (): string => opened.session.csrfToken({ action: 'posts', method: 'post' });
    expect(make).toThrow(expect.objectContaining({ code: 'option_invalid' }));
    expect(await opened.commit()).toEqual([]);
  });

  test('replaces a secret that is none', async () => {
    for (const broken of ['', 'short', 7, null, { a: 1 }]) {
      const { result } = await visit(undefined, (session) => {
        session.data['_csrf_token'] = broken;
        return isGood(session.csrfToken(), session);
      });
      expect(result).toBe(true);
    }
  });

  test('takes the randomness of the platform', async () => {
    const fixed = createSessions({
      realm: realms,
      store,
      cookie,
      scopeName: 'shop',
      app: 'shop',
      idleSeconds: 600,
      absoluteSeconds: 3600,
      platform: createPlatform({ randomBytes: (size) => Buffer.alloc(size, 7) }),
    });
    const { session } = await fixed.open(undefined);
    const seven = (size: number): Buffer => Buffer.alloc(size, 7);
    expect(session.csrfToken()).toBe(createCsrfToken(seven(32).toString('base64url'), seven));
  });
});

describe('the secret', () => {
  test('OWASP CSRF: is not carried over at sign-in: tokens from before are worth nothing, other data stays', async () => {
    const before = await visit(undefined, (session) => {
      session.data['cart'] = [1];
      return session.csrfToken();
    });
    const slot = await signInSlot();
    const arrival = await visit(before.header, (session) => sessions.signIn(session, slot));
    expect(arrival.result).toBe('signed-in');
    const after = await visit(arrival.header, (session) => ({
      data: { ...session.data },
      signedIn: session.signedIn,
      isOldGood: isGood(before.result, session),
      isNewGood: isGood(session.csrfToken(), session),
    }));
    expect(after.result).toEqual({
      data: { cart: [1] },
      signedIn: true,
      isOldGood: false,
      isNewGood: true,
    });
  });

  test('that the signing-in request itself made is dropped too, and made anew after', async () => {
    const slot = await signInSlot();
    const { result } = await visit(undefined, async (session) => {
      const early = session.csrfToken();
      session.data['cart'] = [1];
      await sessions.signIn(session, slot);
      const left = { ...session.data };
      const late = session.csrfToken();
      return { left, early: isGood(early, session), late: isGood(late, session) };
    });
    expect(result).toEqual({ left: { cart: [1] }, early: false, late: true });
  });

  test('that a parallel request saved during the sign-in is dropped too', async () => {
    const { header } = await visit(undefined, (session) => {
      session.data['cart'] = [1];
    });
    const slot = await signInSlot();
    const opened = await sessions.open(header);
    let token = '';
    // Between the reading of the old session and its end: what is saved there now is carried over by version.
    const parallel = await visit(header, (session) => {
      token = session.csrfToken();
      session.data['late'] = true;
    });
    expect(parallel.header).toBe(header);
    await sessions.signIn(opened.session, slot);
    const lines = await opened.commit();
    const { result } = await visit(lines[0]?.split(';')[0], (session) => ({
      data: { ...session.data },
      isGood: isGood(token, session),
    }));
    expect(result).toEqual({ data: { cart: [1], late: true }, isGood: false });
  });

  test('goes at sign-out', async () => {
    const slot = await signInSlot();
    const { header, result: token } = await visit(undefined, async (session) => {
      await sessions.signIn(session, slot);
      return session.csrfToken();
    });
    const after = await visit(header, async (session) => {
      const wasGood = isGood(token, session);
      await session.signOut();
      return [wasGood, isGood(token, session), isGood(session.csrfToken(), session)];
    });
    expect(after.result).toEqual([true, false, true]);
  });
});
