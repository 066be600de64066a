import { describe, expect, expectTypeOf, test } from 'vitest';
import { keyAt, sessionRecord, signInRecord } from '../../test/records.ts';
import { createAccountView } from '../app-account.ts';
import type { Session, SessionAccess } from './session.ts';
import { type SessionActions, type SessionBacking, SessionObject } from './session-object.ts';

const record = sessionRecord({ data: '{"cart":["apple"]}' });
const signIn = signInRecord();
const key = keyAt(1);

function backing(access: SessionAccess, data: string = record.data): SessionBacking {
  const signedIn = access !== 'none';
  const session = { ...record, signedIn, data };
  return { key, access, reading: { key, session, signIn: signedIn ? signIn : null, usedAt: 0 } };
}

/** Actions that write down what was asked. */
function notingActions(): SessionActions & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    save: async () => void asked.push('save'),
    end: async () => void asked.push('end'),
    signOut: async () => void asked.push('signOut'),
    csrfToken: () => 'token',
    rotate: async () => void asked.push('rotate'),
    signIn: async () => void asked.push('signIn'),
    devices: async () => [],
    endOthers: async () => 0,
    endSignIn: async () => 'unknown',
    signalOf: () => {
      asked.push('signalOf');
      return new AbortController().signal;
    },
    releaseSignal: () => void asked.push('releaseSignal'),
    failed: () => undefined,
    accountOf: createAccountView('shop'),
  };
}

function open(from: SessionBacking | null): SessionObject {
  return new SessionObject(notingActions(), from);
}

describe('who is there', () => {
  test('granted: the account', () => {
    const session = open(backing('granted'));
    expect(session.signedIn).toBe(true);
    expect(session.account).toEqual({ ...signIn.account, roles: [], groups: [] });
    expect(session.access).toBe('granted');
  });

  test('with the roles of this app and the groups, frozen, the same object at each look', () => {
    const roles = { shop: ['editor', 'reader'], wiki: ['owner'] };
    const from = backing('granted');
    const reading = { ...from.reading, signIn: signInRecord({ roles, groups: ['staff'] }) };
    const session = open({ ...from, reading });
    const { account } = session;
    expect(account).toEqual({
      ...signIn.account,
      roles: ['editor', 'reader'],
      groups: ['staff'],
    });
    expect(session.account).toBe(account);
    expect([account, account?.roles, account?.groups].every(Object.isFrozen)).toBe(true);
    // What remembers records gives one to many requests: none of them makes the account anew.
    expect(createAccountView('toys')(signIn)).not.toBe(createAccountView('toys')(signIn));
    const view = createAccountView('toString');
    expect(view(signIn)).toBe(view(signIn));
    expect(view(signIn).roles).toEqual([]);
  });

  test('denied: nobody, but the sign-in can be seen', () => {
    const session = open(backing('denied'));
    expect(session.signedIn).toBe(false);
    expect(session.account).toBe(null);
    expect(session.access).toBe('denied');
    expect(session.signInRecord?.id).toBe(signIn.id);
  });

  test('anonymous and empty: nobody', () => {
    for (const session of [open(backing('none')), open(null)]) {
      expect(session.signedIn).toBe(false);
      expect(session.account).toBe(null);
      expect(session.signInRecord).toBe(null);
      expect(session.access).toBe('none');
    }
  });
});

describe('data', () => {
  test('what the record holds; nothing has changed by looking', () => {
    const session = open(backing('granted'));
    expect(session.data).toEqual({ cart: ['apple'] });
    expect(session.changes()).toBe(null);
  });

  test('is empty without a record, or where its text is broken', () => {
    expect(open(null).data).toEqual({});
    expect(open(backing('none', 'broken')).data).toEqual({});
  });

  test('a session whose data nobody asked for has no changes and never parses it', () => {
    expect(open(backing('none', 'broken')).changes()).toBe(null);
  });

  test('after a save it is the same object, and an array in it the same array', () => {
    const session = open(backing('granted'));
    const { data } = session;
    const cart = data['cart'] as string[];
    cart.push('pear');
    const changes = session.changes();
    session.rebase(backing('granted', '{"cart":["apple","pear"],"seen":1}'), changes);
    expect(session.data).toBe(data);
    expect(data).toEqual({ cart: ['apple', 'pear'], seen: 1 });
    cart.push('plum');
    expect([...(session.changes()?.set ?? [])]).toEqual([['cart', '["apple","pear","plum"]']]);
  });

  test('without the changes that are in it, a new record replaces everything', () => {
    const session = open(backing('granted'));
    session.data['mine'] = 1;
    session.rebase(null);
    expect(session.data).toEqual({});
    expect(session.changes()).toBe(null);
    expect(session.access).toBe('none');
  });

  test('a key named __proto__ is stored like any other', () => {
    const protoKey = '__proto__';
    const session = open(null);
    session.data[protoKey] = { isAdmin: true };
    expect(session.data['isAdmin']).toBe(undefined);
    expect([...(session.changes()?.set ?? [])]).toEqual([['__proto__', '{"isAdmin":true}']]);
  });
});

describe('whoever carries the answer', () => {
  const count = (session: SessionObject): { calls: number } => {
    const counter = { calls: 0 };
    session.attach({
      touched: () => {
        counter.calls += 1;
      },
      watched: () => undefined,
    });
    return counter;
  };

  test('is not told of a request that only asks who is there', () => {
    const session = open(backing('granted'));
    const counter = count(session);
    expect(session.account?.name).toBe('Ada');
    expect(counter.calls).toBe(0);
  });

  test('is told once when data is asked for, and not again', () => {
    const session = open(backing('granted'));
    const counter = count(session);
    session.data['a'] = session.data['b'];
    session.stageCookie('sid', 'line');
    expect(counter.calls).toBe(1);
  });

  test('is told at once where something was touched before', () => {
    const withData = open(null);
    withData.data['a'] = 1;
    const withCookie = open(null);
    withCookie.stageCookie('sid', 'line');
    expect(count(withData).calls).toBe(1);
    expect(count(withCookie).calls).toBe(1);
  });
});

test('a later line of a cookie replaces the earlier one and comes last; lines are given out once', () => {
  const session = open(null);
  session.stageCookie('sid', 'clear');
  session.stageCookie('other', 'other');
  session.stageCookie('sid', 'set');
  expect(session.takeCookies()).toEqual(['other', 'set']);
  expect(session.takeCookies()).toEqual([]);
});

test('save, end and signOut are done by the flow that opened the session', async () => {
  const actions = notingActions();
  const session = new SessionObject(actions, null);
  await session.save();
  await session.end();
  await session.signOut();
  expect(actions.asked).toEqual(['save', 'end', 'signOut']);
});

describe('inTurn', () => {
  test('does one thing after the other, also after one that failed', async () => {
    const session = open(null);
    const done: string[] = [];
    const step = (name: string) => async () => {
      await Promise.resolve();
      done.push(name);
      if (name === 'b') throw new Error(name);
    };
    const turns = ['a', 'b', 'c'].map((name) => session.inTurn(step(name)));
    expect(session.isBusy()).toBe(true);
    const outcomes = await Promise.allSettled(turns);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(done).toEqual(['a', 'b', 'c']);
    await Promise.resolve();
    expect(session.isBusy()).toBe(false);
  });
});

describe('the signal', () => {
  test('is asked for once, and given back when the carrier says that the answer is done', () => {
    const actions = notingActions();
    const session = new SessionObject(actions, backing('granted'));
    const releases: (() => void)[] = [];
    session.attach({ touched: () => undefined, watched: (release) => void releases.push(release) });
    expect(session.signal).toBe(session.signal);
    expect(actions.asked).toEqual(['signalOf']);
    for (const release of releases) release();
    expect(actions.asked).toEqual(['signalOf', 'releaseSignal']);
  });
});

describe('flash', () => {
  test('is what was left, once; reading takes it out of the data', () => {
    const session = open(backing('none', '{"n":1,"_flash":{"notice":"Saved"}}'));
    expect(session.flash).toEqual({ notice: 'Saved' });
    expect(session.flash).toEqual({ notice: 'Saved' });
    expect(session.data).toEqual({ n: 1 });
    expect(session.changes()?.removed).toEqual(['_flash']);
  });

  test('left by this request is for the next one', () => {
    const session = open(backing('none', '{"_flash":{"notice":"Saved"}}'));
    expect(session.flash['notice']).toBe('Saved');
    session.setFlash('alert', 'Too late');
    expect(session.flash).toEqual({ notice: 'Saved' });
    expect(session.data).toEqual({ _flash: { alert: 'Too late' } });
  });

  test('that nobody read stays, and more is put to it', () => {
    const session = open(backing('none', '{"_flash":{"notice":"Saved"}}'));
    session.setFlash('alert', 'Too late');
    expect(session.data['_flash']).toEqual({ notice: 'Saved', alert: 'Too late' });
  });

  test.each(['{"_flash":"text"}', '{"_flash":[1]}', '{"_flash":null}', '{}'])(
    'of %s is empty',
    (data) => {
      expect(open(backing('none', data)).flash).toEqual({});
    },
  );
});

describe('what is set on the session itself instead of in its data', () => {
  /** As CommonJS without 'use strict' runs: what cannot be assigned is passed over in silence there. */
  const sloppy = (text: string): ((session: SessionObject) => unknown) =>
    new Function('session', text) as (session: SessionObject) => unknown;

  test.each([
    ['session.user = { id: 1 }', 'session.data.user'],
    ["session['passport'] = {}", 'session.data.passport'],
    ['session.data = { cart: [] }', 'session.data.cart'],
    ['session.account = { id: 1 }', 'session.data.account'],
    ['session.signedIn = true', 'session.data.signedIn'],
    ['Object.assign(session, { views: 1 })', 'session.data.views'],
    ['session.views = (session.views || 0) + 1', 'session.data.views'],
  ])('%s throws, and says where the data is', (text, words) => {
    for (const run of [sloppy(text), sloppy(`'use strict'; ${text}`)]) {
      const session = open(backing('granted'));
      expect(() => run(session)).toThrow(
        expect.objectContaining({
          code: 'session_data_invalid',
          message: expect.stringContaining(words),
        }),
      );
      expect(session.changes()).toBe(null);
    }
  });

  test('what is not there reads as undefined, and data can be set as before', () => {
    const session = open(backing('granted'));
    expect((session as unknown as { user?: unknown }).user).toBe(undefined);
    expect('user' in session).toBe(false);
    session.data['user'] = 1;
    expect(session.changes()?.set.get('user')).toBe('1');
    expect(session).toBeInstanceOf(SessionObject);
  });
});

test('an editor completes a session to what an app may call, and to nothing else', () => {
  expectTypeOf<keyof Session>().toEqualTypeOf<
    | 'data'
    | 'flash'
    | 'setFlash'
    | 'account'
    | 'signedIn'
    | 'access'
    | 'signInRecord'
    | 'save'
    | 'rotate'
    | 'signal'
    | 'end'
    | 'signIn'
    | 'signOut'
    | 'signIns'
    | 'endSignIn'
    | 'signOutOthers'
    | 'csrfToken'
  >();
});
