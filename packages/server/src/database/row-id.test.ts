import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createRowId } from './row-id.ts';

test('an id is a UUID of version 4 made from the random bytes', () => {
  expect(createRowId((size) => Buffer.alloc(size, 0xff))).toBe(
    'ffffffff-ffff-4fff-bfff-ffffffffffff',
  );
  expect(createRowId((size) => Buffer.alloc(size))).toBe('00000000-0000-4000-8000-000000000000');
});

test('ids differ', () => {
  const ids = Array.from({ length: 1000 }, () => createRowId(randomBytes));
  expect(new Set(ids).size).toBe(1000);
});
