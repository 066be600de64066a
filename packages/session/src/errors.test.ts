import { expect, expectTypeOf, test } from 'vitest';
import { type ErrorCode, hasCode, LatchkeyError } from './errors.ts';

type OtherCode = 'wheel_flat' | 'wheel_lost';

test('an error is told by its code, and a misspelt code does not compile', () => {
  const error: unknown = new LatchkeyError('store_unavailable', 'It is away.');
  expect(hasCode(error, 'store_unavailable')).toBe(true);
  expect(hasCode(error, 'session_ended')).toBe(false);
  // @ts-expect-error No code of this package.
  expect(hasCode(error, 'store_unavailible')).toBe(false);
  if (hasCode(error, 'store_unavailable')) expectTypeOf(error.code).toEqualTypeOf<ErrorCode>();
});

test('the codes of another package go by its own list', () => {
  const error: unknown = new LatchkeyError<OtherCode>('wheel_flat', 'No air.');
  expect(hasCode<OtherCode>(error, 'wheel_flat')).toBe(true);
  // @ts-expect-error Its list must be named.
  expect(hasCode(error, 'wheel_flat')).toBe(true);
  // @ts-expect-error No code of that list.
  expect(hasCode<OtherCode>(error, 'wheel_flta')).toBe(false);
});

test('no error is made with a code that is in no list', () => {
  // @ts-expect-error No code of this package.
  new LatchkeyError('wheel_flat', 'No air.');
  // @ts-expect-error No code of that list.
  new LatchkeyError<OtherCode>('wheel_flta', 'No air.');
  expectTypeOf(new LatchkeyError('session_ended', 'It ended.').code).toEqualTypeOf<ErrorCode>();
});

test('what is no error of Latchkey has no code', () => {
  const foreign = Object.assign(new Error('x'), { code: 'store_unavailable' });
  expect(hasCode(foreign, 'store_unavailable')).toBe(false);
});
