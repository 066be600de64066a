import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import {
  type CsrfForm,
  createCsrfSecret,
  createCsrfToken,
  isCsrfSecret,
  isCsrfTokenFor,
} from './csrf-token.ts';

type Row = readonly [
  rails: string,
  tried: string,
  secret: string,
  method: string,
  path: string,
  token: string,
  isTaken: boolean,
];

interface RailsVectors {
  readonly rails: string;
  readonly cases: readonly {
    readonly id: string;
    readonly inputs: {
      readonly session_csrf_token: string;
      readonly request_method?: string;
      readonly request_path?: string;
    };
    readonly outputs: { readonly token?: string };
    readonly expect: { readonly valid: boolean };
  }[];
}

const fixture = new URL('./fixtures/rails-csrf.json', import.meta.url);
const fixtureRows = JSON.parse(readFileSync(fixture, 'utf8')) as Row[];

/** What Rails 5.1 did not take yet, and every later Rails does. */
const takenSince = /mut-(urlsafe-form|urlsafe-padded-form|masked-global-token)$/;

function isOurs([rails, tried, secret, method, path, token]: Row): boolean {
  if (rails.startsWith('5.1') && takenSince.test(tried)) return false;
  return isCsrfTokenFor(secret, token, { method, path });
}

/** The form that Rails made the token of a row for; null for a token of any request. */
function formOf([, tried]: Row): CsrfForm | null {
  const [, method, action] = /\/(post|patch|delete) (\S+)\/on-/.exec(tried) ?? [];
  return method === undefined || action === undefined ? null : { method, action };
}

describe('tokens of real Rails', () => {
  test.each(['5.1.7', '6.0.6.1', '8.1.3.1'])('%s are judged as it judges them', (rails) => {
    const rows = fixtureRows.filter(([version]) => version === rails);
    expect(rows).toHaveLength(rails === '5.1.7' ? 122 : 183);
    const wrong = rows.filter((row) => isOurs(row) !== row[6]).map(([, tried]) => tried);
    expect(wrong).toEqual([]);
  });

  const vectors = new URL('../../../../../shared/vectors/rails/', import.meta.url);
  for (const version of ['5.2.8.1', '6.1.7.10', '6.1.7.10-strict', '7.0.10', '7.1.6', '7.2.3.2']) {
    const file = new URL(`csrf-${version}.json`, vectors);
    if (!existsSync(file)) continue;
    test(`${version}: every vector is judged as it judges it`, () => {
      const { cases } = JSON.parse(readFileSync(file, 'utf8')) as RailsVectors;
      const wrong = cases.filter(({ inputs, outputs, expect: { valid } }) => {
        const { session_csrf_token: secret, request_method: method = '', ...rest } = inputs;
        const request = { method, path: rest.request_path ?? '' };
        return isCsrfTokenFor(secret, outputs.token, request) !== valid;
      });
      expect(cases).toHaveLength(183);
      expect(wrong.map(({ id }) => id)).toEqual([]);
    });
  }

  test('and ours are the same bytes, under the same mask', () => {
    const rows = fixtureRows.filter(([rails, tried]) => rails !== '5.1.7' && / |plain/.test(tried));
    for (const row of rows) {
      const [, tried, secret, , , token] = row;
      const rails = Buffer.from(token, 'base64url');
      const mask = (): Buffer => rails.subarray(0, 32);
      const ours = createCsrfToken(secret, mask, formOf(row) ?? undefined);
      expect([tried, ours]).toEqual([tried, rails.toString('base64url')]);
    }
    expect(rows.length).toBe(2 * 138);
  });
});

describe('a token', () => {
  const secret = createCsrfSecret(randomBytes);
  const any = createCsrfToken(secret, randomBytes);
  const post = { path: '/posts', method: 'POST' };
  const taken = (token: unknown, request = post): boolean => isCsrfTokenFor(secret, token, request);

  test('is another one each time, and all are good', () => {
    const tokens = Array.from({ length: 50 }, () => createCsrfToken(secret, randomBytes));
    expect(new Set(tokens).size).toBe(50);
    expect(tokens.every((token) => taken(token))).toBe(true);
    expect(any).toMatch(/^[A-Za-z0-9_-]{86}$/);
  });

  test('without a form is good for every request of the session, and of no other', () => {
    expect(taken(any, { path: '/else', method: 'DELETE' })).toBe(true);
    expect(isCsrfTokenFor(createCsrfSecret(randomBytes), any, post)).toBe(false);
  });

  test.each<[string, string, boolean]>([
    ['/posts', '/posts', true],
    ['/posts/', '/posts', true],
    ['/posts', '/posts/', true],
    ['/posts?page=2#top', '/posts?page=3', true],
    ['https://shop.kittens.example/posts', '/posts', true],
    ['//shop.kittens.example/posts', '/posts', true],
    ['/a/../posts', '/posts', true],
    ['/ä b', '/%C3%A4%20b', true],
    ['/', '/', true],
    ['/', '/posts', false],
    ['/posts', '/post', false],
    ['/posts', '/posts/1', false],
    ['/posts', '/posts//', false],
    ['/posts', '/Posts', false],
    ['/posts', '', false],
  ])('for a form to %s is good for a request to %s: %s', (action, path, expected) => {
    const token = createCsrfToken(secret, randomBytes, { action, method: 'post' });
    expect(taken(token, { path, method: 'POST' })).toBe(expected);
  });

  test('for a form is good for its method alone, in either case', () => {
    const token = createCsrfToken(secret, randomBytes, { action: '/posts', method: 'Delete' });
    const good = ['DELETE', 'delete', 'POST', 'PUT', 'GET', ''].filter((method) =>
      taken(token, { path: '/posts', method }),
    );
    expect(good).toEqual(['DELETE', 'delete']);
  });

  test.each(['posts', '', '?x=1', '#', 'javascript:x', 'mailto:a@b', 'https://', '//'])(
    'for a form to %j is refused: no path is known',
    (action) => {
      const make = (): string => createCsrfToken(secret, randomBytes, { action, method: 'post' });
      expect(make).toThrow(expect.objectContaining({ code: 'option_invalid' }));
    },
  );

  test('cannot be made of what is no secret, and the message does not show it', () => {
    const make = (): string => createCsrfToken('not a secret', randomBytes);
    expect(make).toThrow(expect.objectContaining({ code: 'option_invalid' }));
    expect(make).not.toThrow('not a secret');
  });

  test('with any one bit changed is no good', () => {
    const bytes = Buffer.from(any, 'base64url');
    for (let bit = 0; bit < 512; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(taken(changed.toString('base64url'))).toBe(false);
    }
  });

  test.each([
    ['unused bits set', `${any.slice(0, -1)}${any.endsWith('Q') ? 'R' : '_'}`],
    ['too much padding', `${any}===`],
    ['half the padding', `${any}=`],
    ['a blank before', ` ${any}`],
    ['a line end behind', `${any}\n`],
    ['twice', `${any}, ${any}`],
    ['its first half', any.slice(0, 43)],
    ['a hash in front', `#${any.slice(1)}`],
  ])('written with %s is no good', (_how, token) => {
    expect(taken(token)).toBe(false);
  });

  test('is a text: lists, objects and numbers are none', () => {
    for (const value of [undefined, null, 1, true, {}, [any], { 0: any }, Buffer.from(any)]) {
      expect(taken(value)).toBe(false);
    }
  });
});

describe('a secret', () => {
  test('is taken in the spellings of Rails, and nothing else is', () => {
    const bytes = randomBytes(32);
    const strict = bytes.toString('base64');
    const urlsafe = bytes.toString('base64url');
    for (const secret of [strict, urlsafe, `${urlsafe}=`]) {
      expect(isCsrfSecret(secret)).toBe(true);
      const token = createCsrfToken(secret, randomBytes);
      expect(isCsrfTokenFor(urlsafe, token, { path: '/', method: 'POST' })).toBe(true);
    }
    for (const other of [undefined, null, '', 'x', [urlsafe], `${urlsafe}A`, urlsafe.slice(1)]) {
      expect(isCsrfSecret(other)).toBe(false);
    }
    expect(isCsrfSecret(createCsrfToken(urlsafe, randomBytes))).toBe(false);
  });

  test('that is none makes every token worthless, and throws nothing', () => {
    const token = createCsrfToken(createCsrfSecret(randomBytes), randomBytes);
    for (const secret of [undefined, null, '', 0, {}, [], 'A'.repeat(42), 'A'.repeat(86)]) {
      expect(isCsrfTokenFor(secret, token, { path: '/', method: 'POST' })).toBe(false);
    }
  });
});

test('hostile secrets, tokens and requests never throw and are never good', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.base64String({ minLength: 40, maxLength: 90 }),
    fc.stringMatching(/^[A-Za-z0-9_-]{43}$/),
    fc.stringMatching(/^[A-Za-z0-9_-]{86}$/),
  );
  const value = fc.oneof({ weight: 4, arbitrary: text }, fc.anything());
  const secret = createCsrfSecret(randomBytes);
  fc.assert(
    fc.property(value, value, fc.record({ path: text, method: text }), (other, token, form) => {
      expect(isCsrfTokenFor(secret, token, form)).toBe(false);
      expect(typeof isCsrfTokenFor(other, token, form)).toBe('boolean');
    }),
    { numRuns: fuzzRuns },
  );
});
