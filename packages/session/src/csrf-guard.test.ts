import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { fuzzRuns } from '../test/fuzz-runs.ts';
import { createAppAlone } from './app/app-alone.ts';
import { createCsrfGuard, type GuardedRequest, refusalOf } from './csrf-guard.ts';
import type { AppHandler } from './http/http-exchange.ts';
import type { LatchkeyEvent } from './platform.ts';
import type { SessionObject } from './session-object/session-object.ts';
import { createMemoryStore } from './store/memory.ts';

const origin = 'https://shop.kittens.example';
const blog = 'https://blog.kittens.example';
let events: LatchkeyEvent[];
let handler: AppHandler;
let session: SessionObject;

beforeEach(async () => {
  events = [];
  const platform = { onEvent: (event: LatchkeyEvent) => void events.push(event) };
  handler = createAppAlone({ origin, store: createMemoryStore(), platform });
  ({ session } = await handler.open(undefined));
});

/** An unsafe request of which no header says who sent it. */
const bare: GuardedRequest = {
  method: 'POST',
  path: '/posts',
  secFetchSite: null,
  origin: null,
  referer: null,
  token: null,
  accept: undefined,
};

function ask(
  parts: Partial<GuardedRequest>,
  body?: unknown,
  options: Parameters<typeof createCsrfGuard>[0] = {},
): Response | null {
  return refusalOf(
    createCsrfGuard(options),
    { handler, session, request: { ...bare, ...parts } },
    body,
  );
}

function lastReason(): string | undefined {
  return events.at(-1)?.reason;
}

describe('who may send unsafe requests', () => {
  test('the app’s own pages, by any header that says so; nobody is told', () => {
    expect(ask({ secFetchSite: 'same-origin' })).toBe(null);
    expect(ask({ origin })).toBe(null);
    expect(ask({ referer: `${origin}/form` })).toBe(null);
    expect(events).toEqual([]);
  });

  test('not a sibling, unless its origin is trusted', () => {
    const parts = { secFetchSite: 'same-site', origin: blog };
    expect(ask(parts)?.status).toBe(403);
    expect(lastReason()).toBe('same-site');
    expect(ask(parts, undefined, { trustedOrigins: [blog] })).toBe(null);
    const likewise = { ...parts, origin: `${blog}.evil` };
    expect(ask(likewise, undefined, { trustedOrigins: [blog] })?.status).toBe(403);
  });

  test('nobody else, also with a good token: a page that can send one knows it', () => {
    const token = session.csrfToken();
    expect(ask({ secFetchSite: 'cross-site', token })?.status).toBe(403);
    expect(ask({ origin: 'null', token }, { _csrf: token })?.status).toBe(403);
    expect(events.map(({ type, reason }) => [type, reason])).toEqual([
      ['csrf.refused', 'cross-site'],
      ['csrf.refused', 'opaque-origin'],
    ]);
  });

  test('ASVS 3.5.3: who reads, from anywhere', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const parts = { method, secFetchSite: 'cross-site', origin: 'null' };
      expect(ask(parts, undefined, { tokens: 'always' })).toBe(null);
    }
  });

  test('ASVS 3.5.1: a request that says nothing of its sender needs a token', () => {
    expect(ask({})?.status).toBe(403);
    expect(lastReason()).toBe('token-missing');
    expect(ask({ token: session.csrfToken() })).toBe(null);
    expect(ask({ token: 'x' })?.status).toBe(403);
    expect(lastReason()).toBe('token-wrong');
  });
});

describe('with tokens: always', () => {
  const always = { tokens: 'always' } as const;

  test('the app’s own page needs one besides', () => {
    expect(ask({ secFetchSite: 'same-origin' }, {}, always)?.status).toBe(403);
    expect(lastReason()).toBe('token-missing');
    const token = session.csrfToken();
    expect(ask({ secFetchSite: 'same-origin', token }, undefined, always)).toBe(null);
  });

  test('a token of a form is good for that path and method alone', () => {
    const token = session.csrfToken({ action: '/posts/7', method: 'delete' });
    const fits = { origin, token, path: '/posts/7', method: 'DELETE' };
    expect(ask(fits, undefined, always)).toBe(null);
    expect(ask({ ...fits, path: '/posts/8' }, undefined, always)).not.toBe(null);
    expect(ask({ ...fits, method: 'POST' }, undefined, always)).not.toBe(null);
  });
});

describe('where a token may be', () => {
  const form = (entries: [string, string][]): FormData => {
    const data = new FormData();
    for (const [name, value] of entries) data.append(name, value);
    return data;
  };

  test('in either form field, parsed in any way, or in the header; one good one is enough', () => {
    const token = session.csrfToken();
    expect(ask({}, { authenticity_token: token })).toBe(null);
    expect(ask({}, { _csrf: token })).toBe(null);
    expect(ask({}, form([['authenticity_token', token]]))).toBe(null);
    expect(ask({}, new URLSearchParams({ _csrf: token }))).toBe(null);
    expect(ask({ token: 'stale' }, { _csrf: token })).toBe(null);
    expect(ask({ token }, { _csrf: 'stale' })).toBe(null);
    expect(ask({}, Object.assign(Object.create(null) as object, { _csrf: token }))).toBe(null);
  });

  test('nowhere else, not twice, and not inherited', () => {
    const token = session.csrfToken();
    const twice = form([
      ['_csrf', token],
      ['_csrf', token],
    ]);
    const bodies = [
      twice,
      { _csrf: [token] },
      { csrf: token },
      { user: { _csrf: token } },
      Object.create({ _csrf: token }) as object,
      [token],
      token,
      Buffer.from(`_csrf=${token}`),
      null,
    ];
    for (const body of bodies) expect(ask({}, body)?.status).toBe(403);
  });

  test('a body that is anything never throws and never passes', () => {
    session.csrfToken();
    const field = fc.oneof(fc.anything(), fc.string());
    const body = fc.oneof(fc.anything(), fc.record({ _csrf: field, authenticity_token: field }));
    fc.assert(
      fc.property(body, fc.option(fc.string({ unit: 'binary' })), (given, token) => {
        expect(ask({ token }, given)?.status).toBe(403);
      }),
      { numRuns: fuzzRuns },
    );
  });

  test('a visitor without a session has no good token', () => {
    expect(ask({ token: 'A'.repeat(86) })?.status).toBe(403);
    expect(ask({ token: 'A'.repeat(43) })?.status).toBe(403);
    expect(session.data['_csrf_token']).toBe(undefined);
  });
});

describe('the answer', () => {
  test('is a page that says what to do, not to be kept', async () => {
    const answer = ask({ secFetchSite: 'cross-site', accept: 'text/html,application/json' });
    expect(answer?.status).toBe(403);
    expect(answer?.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer?.headers.get('cache-control')).toBe('no-store');
    expect(await answer?.text()).toContain('load the page again');
  });

  test('is JSON with the reason for programs', async () => {
    const answer = ask({ accept: 'application/json' });
    expect([answer?.status, await answer?.json()]).toEqual([
      403,
      { error: 'csrf_refused', reason: 'token-missing' },
    ]);
  });

  test('and the event hold nothing of the token', async () => {
    const token = session.csrfToken();
    const answer = ask({ token: `${token}x`, accept: 'application/json' });
    const told = `${await answer?.text()}${JSON.stringify(events)}`;
    expect(told).not.toContain(token.slice(0, 20));
  });
});

test.each<[unknown]>([
  [null],
  ['always'],
  [{ token: 'always' }],
  [{ tokens: 'never' }],
  [{ tokens: true }],
  [{ trustedOrigins: blog }],
  [{ trustedOrigins: ['blog.kittens.example'] }],
  [{ trustedOrigins: [`${blog}/`] }],
  [{ trustedOrigins: ['https://*.kittens.example'] }],
  [{ trustedOrigins: ['null'] }],
  [{ trustedOrigins: [undefined] }],
  [{ trustedOrigins: ['HTTPS://blog.kittens.example'] }],
])('wrong options are refused at start: %j', (options) => {
  const make = (): unknown => createCsrfGuard(options as Parameters<typeof createCsrfGuard>[0]);
  expect(make).toThrow(expect.objectContaining({ code: 'option_invalid' }));
});
