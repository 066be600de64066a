import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { realm } from '../../test/realm.ts';
import { slotOf } from '../session-store.ts';
import { createSessionId, createSlot, parseSessionId, parseSlot, storeKey } from './session-id.ts';

const slot = createSlot(randomBytes);
const id = createSessionId(slot, randomBytes);

describe('createSessionId', () => {
  test('is under 64 bytes, of cookie characters, and parses as what it is', () => {
    expect(id).toHaveLength(60);
    expect(id).toMatch(/^[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{43}$/);
    expect(parseSessionId(id)).toBe(id);
    expect(id.startsWith(`${slot}.`)).toBe(true);
    expect(parseSlot(slot)).toBe(slot);
  });

  test('asks for 96 bits for the slot and 256 for the secret', () => {
    const sizes: number[] = [];
    const noting = (size: number): Buffer => {
      sizes.push(size);
      return randomBytes(size);
    };
    createSessionId(createSlot(noting), noting);
    expect(sizes).toEqual([12, 32]);
  });

  test('ten thousand ids in one slot are ten thousand store keys', () => {
    const keys = new Set(
      Array.from({ length: 10_000 }, () => storeKey(realm, createSessionId(slot, randomBytes))),
    );
    expect(keys.size).toBe(10_000);
  });
});

describe('parseSessionId', () => {
  test.each([
    ['nothing', ''],
    ['a slot alone', slot],
    ['one character less', id.slice(0, -1)],
    ['one character more', `${id}A`],
    ['a blank before', ` ${id}`],
    ['a line break after', `${id}\n`],
    ['no dot', id.replace('.', '-')],
    ['two dots', `${id.slice(0, 20)}.${id.slice(21)}`],
    ['the dot elsewhere', `${id.slice(0, 15)}.${id.slice(15, 16)}${id.slice(17)}`],
    ['base64 instead of base64url', `${id.slice(0, 30)}+/${id.slice(32)}`],
    ['percent-encoding', `${id.slice(0, 16)}%2E${id.slice(17)}`],
    ['quotes', `"${id}"`],
    ['a brace, which would end the hash tag of a cluster', `${id.slice(0, 5)}}${id.slice(6)}`],
    ['a letter beyond ASCII', `${id.slice(0, 30)}é${id.slice(31)}`],
    ['ten thousand characters', 'A'.repeat(10_000)],
  ])('%s is no session id', (_name, text) => {
    expect(parseSessionId(text)).toBe(null);
  });

  test('any text either has the exact form or is none, and nothing throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        expect(parseSessionId(text)).toBe(null);
        expect(parseSlot(`${text}!`)).toBe(null);
      }),
    );
  });
});

describe('storeKey', () => {
  test('names the slot and nothing else of the id', () => {
    const key = storeKey(realm, id);
    expect(key).toMatch(/^\{[A-Za-z0-9_-]{16}\}:[A-Za-z0-9_-]{22}$/);
    expect(slotOf(key)).toBe(slot);
    for (let at = 17; at + 8 <= id.length; at += 1) expect(key).not.toContain(id.slice(at, at + 8));
  });

  test('every changed character of the secret is another key', () => {
    const keys = new Set([storeKey(realm, id)]);
    for (let at = 17; at < id.length; at += 1) {
      const other = id[at] === 'A' ? 'B' : 'A';
      keys.add(storeKey(realm, `${id.slice(0, at)}${other}${id.slice(at + 1)}` as typeof id));
    }
    expect(keys.size).toBe(1 + 43);
  });

  test('the same secret in another slot is another hash', () => {
    const moved = `${createSlot(randomBytes)}${id.slice(16)}` as typeof id;
    expect(storeKey(realm, moved).slice(19)).not.toBe(storeKey(realm, id).slice(19));
  });
});
