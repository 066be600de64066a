import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createFlowValue,
  createState,
  flowOfState,
  isFlowValue,
  isState,
  readState,
} from './flow.ts';

const value = createFlowValue(randomBytes);

/** The first state of a hop back to this path. */
const stateFor = (flowValue: string, app: string, returnPath: string): string =>
  createState(flowValue, { app, returnPath, isSecond: false }, randomBytes);

/** The path of a state that one of these flow values made, or null. */
const openState = (text: string, app: string, values: readonly string[]): string | null =>
  flowOfState(text, app, values) === null ? null : (readState(text)?.returnPath ?? null);

const state = stateFor(value, 'toys', '/cart?item=1');

describe('createFlowValue', () => {
  test('has 128 random bits in a form that is recognised', () => {
    const sizes: number[] = [];
    const made = createFlowValue((size) => {
      sizes.push(size);
      return randomBytes(size);
    });
    expect(sizes).toEqual([16]);
    expect(isFlowValue(made)).toBe(true);
  });

  test.each([
    '',
    value.slice(1),
    `${value}A`,
    `${value}\n`,
    value.replace(/.$/, '+'),
    '%41'.repeat(14),
  ])('%j is none', (text) => {
    expect(isFlowValue(text)).toBe(false);
  });
});

describe('state', () => {
  test('gives the return path back to the browser that has the flow value', () => {
    expect(isState(state)).toBe(true);
    expect(openState(state, 'toys', [value])).toBe('/cart?item=1');
  });

  test('does not contain the flow value', () => {
    for (let at = 0; at + 8 <= value.length; at += 1) {
      expect(state).not.toContain(value.slice(at, at + 8));
    }
  });

  test('opens nothing without the flow value, with another one, or for another app', () => {
    expect(openState(state, 'toys', [])).toBe(null);
    expect(openState(state, 'toys', [createFlowValue(randomBytes)])).toBe(null);
    expect(openState(state, 'toys', [''])).toBe(null);
    expect(openState(state, 'shop', [value])).toBe(null);
  });

  test('any of several flow cookies may fit', () => {
    const others = [createFlowValue(randomBytes), 'garbage', value];
    expect(openState(state, 'toys', others)).toBe('/cart?item=1');
  });

  test('tabs with one flow value and different paths do not disturb each other', () => {
    const paths = ['/a', '/b', '/c?x=1'];
    const states = paths.map((path) => stateFor(value, 'toys', path));
    expect(new Set(states).size).toBe(3);
    expect(states.map((one) => openState(one, 'toys', [value]))).toEqual(paths);
  });

  test('the longest return path fits its form', () => {
    const longest = stateFor(value, 'toys', `/${'a'.repeat(1999)}`);
    expect(isState(longest)).toBe(true);
    expect(openState(longest, 'toys', [value])).toHaveLength(2000);
  });

  test('with any one character changed, removed or added it opens nothing', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let at = 0; at < state.length; at += 1) {
      const [before, after] = [state.slice(0, at), state.slice(at + 1)];
      expect(openState(before + after, 'toys', [value])).toBe(null);
      expect(openState(`${before}A${state.slice(at)}`, 'toys', [value])).toBe(null);
      for (const letter of alphabet) {
        if (letter === state[at]) continue;
        expect(openState(before + letter + after, 'toys', [value])).toBe(null);
      }
    }
  });

  test.each([
    '',
    '.',
    value,
    `${state}.`,
    `${state} `,
    `${state}\n`,
    `${'A'.repeat(22)}.${'A'.repeat(2801)}`,
  ])('%j has not the form of one', (text) => {
    expect(isState(text)).toBe(false);
    expect(openState(text, 'toys', [value])).toBe(null);
  });

  test('says whether it is of a second hop, and two of one path are two', () => {
    const second = createState(
      value,
      { app: 'toys', returnPath: '/', isSecond: true },
      randomBytes,
    );
    expect(readState(second)).toEqual({ returnPath: '/', isSecond: true });
    expect(readState(state)).toEqual({ returnPath: '/cart?item=1', isSecond: false });
    expect(stateFor(value, 'toys', '/')).not.toBe(stateFor(value, 'toys', '/'));
  });

  test.each(['', 'x', `${'A'.repeat(22)}.L3ByaXZhdGU`, `${'A'.repeat(22)}.AQAAAAAAAA`])(
    '%j says nothing of itself',
    (text) => {
      expect(readState(text)).toBe(null);
    },
  );

  test('survives a query string, and nothing makes it throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.string(), (path, app) => {
        const made = stateFor(value, app, path);
        expect(new URLSearchParams(`s=${made}`).get('s')).toBe(made);
        const back = openState(path, app, [value, path]);
        expect(back).toBe(null);
      }),
    );
  });
});
