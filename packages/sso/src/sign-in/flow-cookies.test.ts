import { randomBytes } from 'node:crypto';
import { resolveScope } from '@latchkey/session';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { createFlowCookies, type FlowCookies } from './flow-cookies.ts';

const cookie = resolveScope({ origin: 'https://wiki.example', key: 'latchkey_wiki' });
const key = randomBytes(32);
let clock: number;
let flows: FlowCookies;

beforeEach(() => {
  clock = 1_000_000;
  flows = make('issuer and client');
});

function make(about: string): FlowCookies {
  return createFlowCookies({ cookie, key, about, platform: { now: () => clock, randomBytes } });
}

function begin(path = '/cart'): { readonly header: string; readonly state: string } {
  const { flow, lines } = flows.begin(undefined, path, true);
  return { header: lines[0]?.split(';')[0] ?? '', state: flow.state };
}

test('a flow is found by its state in the browser that began it', () => {
  const { header, state } = begin('/cart?item=1');
  const found = flows.find(`other=1; ${header}`, state);
  expect(found).toMatchObject({ state, returnPath: '/cart?item=1' });
  expect(found?.codeVerifier).toMatch(/^[\w-]{43}$/);
  expect(new Set([found?.state, found?.nonce, found?.codeVerifier]).size).toBe(3);
});

test('a flow is found in no other browser, for no other client and not after ten minutes', () => {
  const { header, state } = begin();
  expect(flows.find(undefined, state)).toBeNull();
  expect(flows.find(begin().header, state)).toBeNull();
  expect(make('another client').find(header, state)).toBeNull();
  clock += 600_001;
  expect(flows.find(header, state)).toBeNull();
});

test('a cookie under the name of another flow opens nothing', () => {
  const [one, two] = [begin(), begin()];
  const [name] = one.header.split('=');
  const value = two.header.slice(two.header.indexOf('=') + 1);
  expect(flows.find(`${name}=${value}`, one.state)).toBeNull();
  expect(flows.find(`${name}=${value}`, two.state)).toBeNull();
});

test('of two cookies of one name the one that opens counts, whichever comes first', () => {
  const { header, state } = begin();
  const [name] = header.split('=');
  expect(flows.find(`${name}=garbage; ${header}`, state)).not.toBeNull();
  expect(flows.find(`${header}; ${name}=garbage`, state)).not.toBeNull();
});

test('every changed bit makes it worthless', () => {
  const { header, state } = begin();
  const [name = '', value = ''] = header.split('=');
  const bytes = Buffer.from(value, 'base64url');
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(flows.find(`${name}=${changed.toString('base64url')}`, state)).toBeNull();
  }
});

test('whatever a browser sends, nothing is thrown and nothing found', () => {
  const { state } = begin();
  const name = `${cookie.name}_flow_${state.slice(0, 16)}`;
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fc.string({ maxLength: 60 }), (text, other) => {
      for (const header of [text, `${name}=${text}`, `${name}=${text}; ${name}=${other}`]) {
        expect(flows.find(header, state)).toBeNull();
        expect(flows.find(header, other)).toBeNull();
        expect(flows.begin(header, '/', true).lines.length).toBeGreaterThan(0);
      }
    }),
  );
});
