import { createRequire } from 'node:module';
import * as subpath from '@latchkey/express-session';
import {
  Cookie,
  type CookieOptions,
  MemoryStore,
  Session,
  type SessionOptions,
  Store,
  session,
} from '@latchkey/express-session';
import express, { type NextFunction, type Request, type Response } from 'express';
import fc from 'fast-check';
import { expect, expectTypeOf, test } from 'vitest';
import { fuzzRuns } from '../test/fuzz-runs.ts';

// As apps have it for express-session, with the name of the module changed.
declare module '@latchkey/express-session' {
  interface SessionData {
    views: number;
    profile: { name: string };
  }
}

test('there are the middleware and the classes, by name and on the middleware; there is no default', () => {
  expect(Object.keys(subpath).sort()).toEqual([
    'Cookie',
    'MemoryStore',
    'Session',
    'Store',
    'session',
  ]);
  expect({ ...session }).toEqual({ Cookie, MemoryStore, Session, Store });
  expect(session({ secret: 'x' })).toHaveLength(3);
});

test('code that requires gets the same', () => {
  const required = createRequire(import.meta.url);
  const connect = required('connect-pg-simple') as (from: unknown) => { prototype: unknown };
  for (const from of [session, subpath]) expect(connect(from).prototype).toBeInstanceOf(Store);
});

test('options that cannot be are refused as express-session refuses them', () => {
  const refuse = (options: object) => () => session(options as SessionOptions);
  expect(refuse({ secret: [] })).toThrow('secret option array must contain one or more strings');
  expect(refuse({ secret: 'x', genid: 'x' })).toThrow('genid option must be a function');
  expect(refuse({ secret: 'x', unset: 'x' })).toThrow('unset option must be "destroy" or "keep"');
  expect(refuse({ secret: 'x', renewAfterSeconds: -1 })).toThrow('renewAfterSeconds option');
  expect(refuse({ secret: 'x', renewAfterSeconds: Number.NaN })).toThrow(TypeError);
});

test('a list with an empty secret is refused, as anybody could sign with it', () => {
  const list =
    (...secret: unknown[]) =>
    () =>
      session({ secret } as unknown as SessionOptions);
  for (const empty of ['', undefined]) {
    expect(list('good', empty)).toThrow('secret option array has an empty secret');
  }
  expect(list('good', Buffer.from('old'))).not.toThrow();
});

test('no cookie that was not signed ever throws, asks the store or opens a session', () => {
  const asked: string[] = [];
  class Asked extends MemoryStore {
    override get(...[id, callback]: Parameters<MemoryStore['get']>): void {
      asked.push(id);
      callback(null, null);
    }
  }
  const middleware = session({ secret: 'a secret of the tests', store: new Asked() });
  const parts = fc.constantFrom(
    'connect.sid',
    '=',
    ';',
    ' ',
    '"',
    's:',
    's%3A',
    '.',
    '%',
    'AAAA',
    '__proto__',
  );
  const header = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(parts, { maxLength: 30 }).map((all) => all.join('')),
    fc.string().map((value) => `connect.sid=s%3A${encodeURIComponent(value)}`),
  );
  fc.assert(
    fc.property(header, fc.webPath(), (cookie, url) => {
      const request = { headers: { cookie }, url, socket: {} } as unknown as Request;
      const told: unknown[] = [];
      middleware(request, {} as Response, (...error: unknown[]) => told.push(...error));
      return told.length + asked.length === 0 && Object.keys(request.session).join() === 'cookie';
    }),
    { numRuns: fuzzRuns },
  );
}, 300_000);

test('nothing is written to the console, whatever the options', () => {
  // The process would warn, as the original does, by these two.
  const write = process.stderr.write.bind(process.stderr);
  let written = '';
  process.stderr.write = ((text: string) => {
    written += text;
    return true;
  }) as typeof write;
  try {
    (session as (options?: object) => unknown)();
    session({ secret: 'x', cookie: { maxAge: 1 } });
  } finally {
    process.stderr.write = write;
  }
  expect(written).toBe('');
});

test('the session of a request is typed with the data of the app', () => {
  const app = express();
  const options: session.SessionOptions = {
    secret: ['a', Buffer.from('b')],
    store: new MemoryStore(),
  };
  app.use(session(options));
  app.get('/', (request, response, next) => {
    expectTypeOf(request.session.views).toEqualTypeOf<number | undefined>();
    expectTypeOf(request.session.profile?.name).toEqualTypeOf<string | undefined>();
    expectTypeOf(request.sessionID).toEqualTypeOf<string>();
    expectTypeOf(request.session.cookie).toEqualTypeOf<Cookie>();
    // @ts-expect-error: not in SessionData
    void request.session.basket;
    // @ts-expect-error: another type there
    request.session.views = 'many';
    request.session.cookie.maxAge = 60_000;
    request.session.touch().save();
    request.session.save((error) => next(error));
    request.session.regenerate((error: Error | null) => next(error));
    request.session.destroy(() => response.redirect('/'));
    request.sessionStore.destroy(request.sessionID);
  });
  const handler = (request: Request, _response: Response, next: NextFunction): void => {
    request.session.views = (request.session.views ?? 0) + 1;
    next();
  };
  app.use(handler);
  expect(typeof app).toBe('function');
});

test('a store is typed: what it must have is missed', () => {
  class Complete extends session.Store {
    get(_id: string, callback: (error: unknown, data?: subpath.SessionData | null) => void): void {
      callback(null, null);
    }
    set(_id: string, _data: subpath.SessionData, callback?: (error?: unknown) => void): void {
      callback?.();
    }
    destroy(_id: string, callback?: (error?: Error) => void): void {
      callback?.();
    }
  }
  // @ts-expect-error: no get, set and destroy
  class Incomplete extends Store {}
  const cookie: CookieOptions = { sameSite: 'auto', secure: 'auto', priority: 'high' };
  const middleware = session({ secret: 'x', store: new Complete(), cookie: () => cookie });
  expect([typeof middleware, typeof Incomplete]).toEqual(['function', 'function']);
});
