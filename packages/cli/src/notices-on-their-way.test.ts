import type { openAdministration } from '@latchkey/server/administration';
import { expect, test } from 'vitest';
import { withNotices } from './accounts.ts';

type Administration = Awaited<ReturnType<typeof openAdministration>>;

const done = {
  json: { id: '1' },
  text: 'ada@kittens.example is suspended and signed out everywhere.',
};
const waitingAt = (...apps: string[]) =>
  ({ noticesOnTheirWay: async () => apps }) as unknown as Administration;

test('apps that have not acknowledged are named, so that the words say no more than happened', async () => {
  expect(await withNotices(waitingAt('forum', 'wiki'), '1', done)).toEqual({
    json: { id: '1', noticesOnTheirWay: ['forum', 'wiki'] },
    text: `${done.text} A notice is on its way to forum, wiki.`,
  });
  expect(await withNotices(waitingAt(), '1', done)).toEqual({
    json: { id: '1', noticesOnTheirWay: [] },
    text: done.text,
  });
});
