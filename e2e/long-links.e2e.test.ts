import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Nginx, startNginx } from './nginx.ts';
import { freePorts, type SmallFamily, smallHosts, startSmallFamily } from './small-family.ts';
import { createVisitor, heldRequest, type Visitor } from './visitor.ts';

// nginx takes 4 KiB of headers from an app by default and answers 502 to more.

let family: SmallFamily;
let nginx: Nginx;

beforeAll(async () => {
  const shown = await freePorts();
  family = await startSmallFamily(shown);
  nginx = await startNginx(
    smallHosts.map((host) => ({ from: shown[host], to: family.ports[host] })),
  );
});
afterAll(async () => {
  await nginx[Symbol.asyncDispose]();
  await family[Symbol.asyncDispose]();
});

/** Bytes of the head of an answer, as they were on the wire or more. */
function headBytes({ headers }: Response): number {
  return [...headers].reduce((sum, [name, value]) => sum + name.length + value.length + 4, 17);
}

/** Opens a page and signs in by the form; where that ends, and the longest head on the way. */
async function openByForm(
  visitor: Visitor,
  url: string,
): Promise<{ readonly url: string; readonly status: number; readonly longest: number }> {
  const heads: number[] = [];
  const seen = (response: Response): void => void heads.push(headBytes(response));
  const form = await visitor.follow(url, {}, seen);
  const held = await heldRequest(form.response);
  if (held === null) throw new Error(`No form at ${form.url}: ${form.response.status}`);
  const { login } = family.origins;
  const fields = { email: 'ben@kittens.example', password: family.password, return_to: held };
  const end = await visitor.follow(
    `${login}/sign-in`,
    {
      method: 'POST',
      headers: { origin: login, 'content-type': 'application/x-www-form-urlencoded' },
      body: `${new URLSearchParams(fields)}`,
    },
    seen,
  );
  return { url: end.url, status: end.response.status, longest: Math.max(...heads) };
}

const units = [
  ['letters', 'x'],
  ['percent-encoded UTF-8', '%E4%BD%A0'],
  ['many parameters', '&item=1'],
  ['plus signs', '+'],
  ['slashes', '/'],
  ['percent signs', '%25'],
] as const;

for (const app of ['toys', 'wiki'] as const) {
  test.each(units)(`${app} behind nginx: 2,000 characters of %s come back`, async (_kind, unit) => {
    const start = '/private?q=';
    const path = start + unit.repeat(Math.floor((2_000 - start.length) / unit.length));
    const url = family.origins[app] + path;
    const end = await openByForm(createVisitor(), url);
    expect([end.status, end.url]).toEqual([200, url]);
    expect(end.longest).toBeLessThanOrEqual(3_500);
  });

  test.each([2_001, 3_000, 6_000])(
    `${app} behind nginx: %i characters lead to /`,
    async (length) => {
      const path = '/private?q='.padEnd(length, 'x');
      const end = await openByForm(createVisitor(), family.origins[app] + path);
      // The home page of toys leads on.
      const home = { toys: `${family.origins.elsewhere}/home`, wiki: `${family.origins.wiki}/` };
      expect([end.status, end.url]).toEqual([200, home[app]]);
      expect(end.longest).toBeLessThanOrEqual(3_500);
    },
  );
}

test('nginx had nothing to complain of', async () => {
  expect(await nginx.errors()).not.toContain('[error]');
});
