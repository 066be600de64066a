import { expect, test } from 'vitest';
import { announcement, readyLine } from './announcement.ts';
import family from './latchkey.config.ts';

const seeded = {
  people: [
    { email: 'ada@kittens.example', name: 'Ada', note: 'administrator' },
    { email: 'dan@kittens.example', name: 'Dan', note: 'waits for approval' },
  ],
  password: 'pw-1',
};

test('it names every host with its process, every person with the password, and where mails are shown', () => {
  const text = announcement(
    family,
    [
      { name: 'login', pid: 71 },
      { name: 'wiki', pid: 75 },
    ],
    seeded,
  );
  expect(text).toMatch(/login +http:\/\/login\.kittens\.localhost:\d+ +71/);
  expect(text).toMatch(/wiki +http:\/\/wiki\.ponies\.localhost:\d+ +oidc +75/);
  expect(text).toMatch(/ada@kittens\.example +pw-1 +administrator/);
  expect(text).toMatch(
    /mails that would be sent +http:\/\/login\.kittens\.localhost:\d+\/dev\/mail/,
  );
  expect(text).toMatch(/dan@kittens\.example +pw-1 +waits for approval/);
});

test('the last line begins with what scripts wait for', () => {
  expect(readyLine(family)).toMatch(
    /^Latchkey family ready: open http:\/\/shop\.kittens\.localhost:/,
  );
});
