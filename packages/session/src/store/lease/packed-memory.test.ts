import { randomBytes, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Reading, Slot, StoreKey } from '../../session-store.ts';
import { slotOf } from '../../session-store.ts';
import { createLeasedMemory } from './leased-memory.ts';
import { createPackedMemory } from './packed-memory.ts';
import { packReading, unpackReading } from './packed-reading.ts';

function newKey(slot: string = randomBytes(12).toString('base64url')): StoreKey {
  return `{${slot}}:${randomBytes(16).toString('base64url')}` as StoreKey;
}

function readingAt(key: StoreKey, data = '{}'): Reading {
  const limits = {
    version: 3,
    createdAt: 1_795_000_000_000,
    idleSeconds: 600,
    absoluteSeconds: 3600,
  };
  return {
    key,
    session: { ...limits, scope: 'shop', signedIn: true, data },
    signIn: {
      ...limits,
      id: randomUUID(),
      provedAt: limits.createdAt,
      methods: ['pwd', 'otp'],
      account: { id: randomUUID(), email: 'ada@kittens.example', name: 'Ada “é” Lovelace' },
      apps: { shop: null },
      device: 'Chrome on Linux',
      place: '192.0.2.7',
      remembered: true,
    },
    usedAt: 1_795_000_001_000,
  };
}

test('a reading comes back from its text as it was', () => {
  const key = newKey();
  const signedIn = readingAt(key, '{"é":"\u{1f511}"}');
  const anonymous = {
    ...signedIn,
    signIn: null,
    session: { ...signedIn.session, signedIn: false },
  };
  for (const reading of [signedIn, anonymous]) {
    expect(unpackReading(key, packReading(reading))).toEqual(reading);
  }
  expect(unpackReading(key, '')).toBe(null);
  expect(unpackReading(key, packReading(signedIn).slice(0, 100))).toBe(null);
});

test('packed texts are found by their very key, until they are forgotten or driven out', () => {
  const memory = createPackedMemory(100_000);
  const filler = ' '.repeat(40);
  const keys = Array.from({ length: 2000 }, () => newKey());
  for (const [turn, key] of keys.entries()) memory.put(key, `text ${turn} ü${filler}`, turn);
  expect(memory.bytes()).toBeLessThanOrEqual(100_000);
  const [oldest = newKey()] = keys;
  const latest = keys.at(-1) ?? newKey();
  expect(memory.get(oldest)).toBe(null);
  expect(memory.get(latest)).toEqual({ text: `text 1999 ü${filler}`, deadline: 1999 });
  expect(memory.get(newKey(slotOf(latest)))).toBe(null);
  expect(keys.filter((key) => memory.has(key)).length).toBeGreaterThan(500);
  memory.put(latest, 'x'.repeat(50_000), 1);
  expect(memory.get(latest)?.text).toBe(`text 1999 ü${filler}`);
  memory.forget(slotOf(latest));
  expect(memory.get(latest)).toBe(null);
  memory.clear();
  expect(keys.some((key) => memory.has(key))).toBe(false);
  memory.put(latest, 'again', 1);
  expect(memory.get(latest)?.text).toBe('again');
});

function remember(memory: ReturnType<typeof createLeasedMemory>, reading: Reading): void {
  memory.finish(memory.begin(slotOf(reading.key)), reading, 1000);
}

test('what was not used lately is packed, and unpacked when it is used again', () => {
  const memory = createLeasedMemory(400_000);
  const readings = Array.from({ length: 300 }, () => readingAt(newKey()));
  for (const reading of readings) remember(memory, reading);
  for (const reading of readings) expect(memory.get(reading.key, 0)).toEqual(reading);
  expect(memory.get(readings[0]?.key ?? newKey(), 1000)).toBe(null);
  expect(memory.bytes()).toBeLessThan(400_000);
});

test('a slot that is forgotten is forgotten in both forms, with every session in it', () => {
  const memory = createLeasedMemory(400_000);
  const slot = randomBytes(12).toString('base64url') as Slot;
  const [first, second] = [readingAt(newKey(slot)), readingAt(newKey(slot))];
  remember(memory, first);
  for (let others = 0; others < 200; others += 1) remember(memory, readingAt(newKey()));
  remember(memory, second);
  memory.forget(slot);
  expect(memory.get(first.key, 0)).toBe(null);
  expect(memory.get(second.key, 0)).toBe(null);
});

test('what a request is given cannot be changed for the others', () => {
  const memory = createLeasedMemory(400_000);
  const reading = readingAt(newKey());
  remember(memory, reading);
  const given = memory.get(reading.key, 0);
  expect(() => Object.assign(given?.signIn?.account ?? {}, { name: 'Eve' })).toThrow(TypeError);
});

test('memory never takes more than it may, whatever the sessions hold', () => {
  const memory = createLeasedMemory(1_000_000);
  for (let turn = 0; turn < 3000; turn += 1) {
    remember(memory, readingAt(newKey(), `{"long":"${'x'.repeat((turn * 37) % 5000)}"}`));
  }
  expect(memory.bytes()).toBeLessThan(1_010_000);
});
