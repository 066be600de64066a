import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { fuzzRuns } from '../test/fuzz-runs.ts';
import { readSessionId } from './read-session-id.ts';
import type { SessionRequest } from './shapes.ts';
import { sign, unsign } from './signature.ts';

/** What express-session reads and signs cookies with. */
const require = createRequire(createRequire(import.meta.url).resolve('express-session'));
const original = {
  parse: (require('cookie') as { parse(header: string): Record<string, string> }).parse,
  ...(require('cookie-signature') as {
    sign(value: string, secret: string): string;
    unsign(signed: string, secret: string): string | false;
  }),
};

const secret = 'a secret of the tests, 32 bytes and more';
const name = 'connect.sid';

function read(cookie: string | undefined, secrets: readonly string[] = [secret]) {
  return readSessionId({ headers: { cookie } } as SessionRequest, name, secrets);
}

function originalRead(header: string): string | undefined {
  const value = original.parse(header)[name];
  if (!value?.startsWith('s:')) return undefined;
  return original.unsign(value.slice(2), secret) || undefined;
}

const signed = fc.string().map((id) => `s:${original.sign(id, secret)}`);
const value = fc.oneof(
  signed.map(encodeURIComponent),
  signed.map((text) => `"${encodeURIComponent(text)}"`),
  signed.map((text) => encodeURIComponent(text).slice(0, -1)),
  signed,
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '""', '"', 's:', 's%3A', 's%3A.', '%', '%E0%A4%A', 's%3A%', '='),
);
const pair = fc.oneof(
  fc.tuple(fc.constantFrom(name, ` ${name}\t`, `x${name}`, `${name} `, ''), value),
  fc.tuple(fc.string(), fc.string()),
);
const header = fc.oneof(
  fc
    .array(
      pair.map(([key, text]) => `${key}=${text}`),
      { maxLength: 6 },
    )
    .map((pairs) => pairs.join(';')),
  fc
    .array(fc.constantFrom(name, '=', ';', ' ', '\t', '"', 's%3A', 'a'), { maxLength: 20 })
    .map((parts) => parts.join('')),
);

describe('the cookie of a session', () => {
  test('is opened as express-session opens it; where that finds nothing, another cookie of the name may be good', () => {
    fc.assert(
      fc.property(header, (text) => {
        const theirs = originalRead(text);
        const ours = read(text);
        if (theirs !== undefined) expect(ours).toBe(theirs);
        if (ours !== undefined) expect(text.split(';').map(originalRead)).toContain(ours);
      }),
      { numRuns: fuzzRuns },
    );
  });

  test('that nobody signed opens nothing and throws nothing', () => {
    const own = sign('an-id', secret);
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.nat(own.length).map((at) => `s:${own.slice(0, at)}x${own.slice(at)}`),
      fc.nat(own.length - 1).map((at) => `s:${own.slice(0, at)}${own.slice(at + 1)}`),
    );
    fc.assert(
      fc.property(hostile, fc.boolean(), (text, isEncoded) => {
        const shown = isEncoded ? encodeURIComponent(text.toWellFormed()) : text;
        expect(read(`${name}=${shown}`)).toBe(undefined);
      }),
      { numRuns: fuzzRuns },
    );
  });

  test('is found behind one of the same name that was planted', () => {
    const good = encodeURIComponent(`s:${sign('mine', secret)}`);
    expect(read(`${name}=s%3Aplanted.xyz; ${name}=${good}`)).toBe('mine');
    expect(read(`${name}=planted; ${name}=${good}`)).toBe('mine');
  });

  test('is looked for eight times at most', () => {
    const good = encodeURIComponent(`s:${sign('mine', secret)}`);
    const planted = Array(8).fill(`${name}=s%3Ax.y`).join(';');
    expect(read(`${planted};${name}=${good}`)).toBe(undefined);
  });

  test('is accepted when it was signed with any of the secrets', () => {
    const cookie = `${name}=${encodeURIComponent(`s:${sign('mine', 'the former one')}`)}`;
    expect(read(cookie, [secret, 'the former one'])).toBe('mine');
    expect(read(cookie, [secret])).toBe(undefined);
  });

  test('may be missing', () => {
    expect(read(undefined)).toBe(undefined);
  });

  test('with a long row of blanks takes no longer than another', () => {
    const steps = `${name}=${' '.repeat(100_000)}x${' '.repeat(100_000)}y`;
    expect(read(steps)).toBe(undefined);
  });
});

describe('a signature', () => {
  test('is that of cookie-signature, both ways', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ minLength: 1 }), (text, key) => {
        expect(sign(text, key)).toBe(original.sign(text, key));
        expect(unsign(original.sign(text, key), [key])).toBe(text);
      }),
    );
  });

  test('of an empty text, or of none, opens nothing', () => {
    expect(unsign('', [secret])).toBe(null);
    expect(unsign('no-dot', [secret])).toBe(null);
    expect(unsign('text.', [secret])).toBe(null);
  });
});
