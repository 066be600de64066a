import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { beginFlow, redeem } from '../../test/code-flow.ts';
import { type ProviderHost, startProviderHost } from '../../test/provider-host.ts';
import { recordStatements } from '../../test/record-statements.ts';

/**
 * How many statements the database runs for a sign-on: everything that SQLite is told, `begin` and `commit` included.
 * A number that rises is a fault, one that falls is written down here.
 */
let host: ProviderHost;
let person: string;
let signInId: string;

beforeAll(async () => {
  host = await startProviderHost();
});
afterAll(() => host.close());
beforeEach(async () => {
  person = await host.addAccount(`person-${Math.random().toString(36).slice(2)}`);
  signInId = await host.signIn(person);
});

async function measure() {
  const flow = beginFlow(host, 'wiki');
  let code = '';
  const authorize = await recordStatements(async () => {
    const { location } = await host.browser(signInId).walk(flow.url);
    code = location?.searchParams.get('code') ?? '';
  });
  const token = await recordStatements(async () => {
    expect((await redeem(host, flow, code)).status).toBe(200);
  });
  return { authorize, token };
}

function count(statements: readonly string[], start: string): number {
  return statements.filter((text) => text.startsWith(start)).length;
}

test('a silent authorize runs at most ten statements, in one transaction', async () => {
  await measure();
  const { authorize } = await measure();
  expect(authorize.length, authorize.join('\n')).toBeLessThanOrEqual(10);
  expect(count(authorize, 'begin')).toBe(1);
});

test('the first authorize of an app in a sign-in runs at most twelve', async () => {
  const { authorize } = await measure();
  expect(authorize.length, authorize.join('\n')).toBeLessThanOrEqual(12);
});

test('the token request of a sign-on runs at most eight, and reads the sign-in once', async () => {
  const { token } = await measure();
  expect(token.length, token.join('\n')).toBeLessThanOrEqual(8);
  expect(count(token, 'select "sign_ins".*')).toBe(1);
});
