import { defineFamily } from '@latchkey/session';
import { expect, test } from 'vitest';
import { createOutcomeCookie } from './outcome-cookie.ts';

const familyOf = (secret: string, loginHost = 'https://login.kittens.example') =>
  defineFamily({
    name: 'Kittens',
    loginHost,
    secrets: [secret],
    store: 'memory:',
    database: 'sqlite:./latchkey.db',
    apps: { shop: { origin: 'https://shop.example' } },
  });
const secret = 'a secret of the family, of 32 bytes and more';
let at = 1_000_000_000_000;
const now = () => at;
const ours = createOutcomeCookie(familyOf(secret), now);
const outcome = { signInId: '11111111-1111-4111-8111-111111111111', next: null };

const read = (cookie: string) =>
  ours.read(new Request('https://login.kittens.example/signed-out', { headers: { cookie } }));

test('whoever knows the id of a sign-in cannot make the cookie that ends the account elsewhere', () => {
  const pair = ours.line(outcome).split(';')[0] ?? '';
  expect(read(pair)).toEqual(outcome);
  const [name = ''] = pair.split('=');
  const payload = Buffer.from(JSON.stringify({ ...outcome, at })).toString('base64url');
  const others = createOutcomeCookie(familyOf('another secret, of 32 bytes and more as well'), now);
  const foreign = others.line(outcome).split(';')[0] ?? '';
  const staging = createOutcomeCookie(familyOf(secret, 'https://login.staging.example'), now);
  const itsOwn = staging.line(outcome).split(';')[0] ?? '';
  for (const forged of [
    `${name}=${payload}`,
    `${name}=${payload}.`,
    `${name}=.`,
    foreign,
    itsOwn,
  ]) {
    expect(read(forged)).toBeNull();
  }
});

test('a copy of the cookie that ends the account elsewhere is good for ten minutes', () => {
  const pair = ours.line(outcome).split(';')[0] ?? '';
  at += 600_000 - 1;
  expect(read(pair)).toEqual(outcome);
  at += 1;
  expect(read(pair)).toBeNull();
  // A clock that was set back makes no old one young.
  at -= 1_000_000;
  expect(read(pair)).toBeNull();
});
