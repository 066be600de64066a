import { expect, test } from 'vitest';
import { announcement, readyLine } from './announcement.ts';
import family from './latchkey.config.ts';

const people = [
  { email: 'ada@kittens.example', password: 'pw-1' },
  { email: 'dan@kittens.example', password: 'pw-1' },
];

test('it names every host with its process, and every person with the password', () => {
  const text = announcement(
    family,
    [
      { name: 'login', pid: 71 },
      { name: 'wiki', pid: 75 },
    ],
    people,
  );
  expect(text).toMatch(/login +http:\/\/login\.kittens\.localhost:\d+ +71/);
  expect(text).toMatch(/wiki +http:\/\/wiki\.ponies\.localhost:\d+ +oidc +75/);
  expect(text).toMatch(/ada@kittens\.example +pw-1 +administrator/);
  expect(text).toMatch(/dan@kittens\.example +pw-1 +waiting for approval/);
});

test('the last line begins with what scripts wait for', () => {
  expect(readyLine(family)).toMatch(
    /^Latchkey family ready: open http:\/\/shop\.kittens\.localhost:/,
  );
});
