import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createRequestViews } from './request-view.ts';

function counted() {
  const read: string[] = [];
  const views = createRequestViews(async (signInId) => {
    read.push(signInId);
    return null;
  });
  return { read, views };
}

test('a request reads a sign-in once, also when several steps ask at once', async () => {
  const { read, views } = counted();
  const request = new IncomingMessage(new Socket());
  await Promise.all([views.of(request, 'a'), views.of(request, 'a'), views.of(request, 'b')]);
  await views.of(request, 'a');
  expect(read).toEqual(['a', 'b']);
});

test('another request, and who asks outside of any, reads anew', async () => {
  const { read, views } = counted();
  await views.of(new IncomingMessage(new Socket()), 'a');
  await views.of(new IncomingMessage(new Socket()), 'a');
  await views.current('a');
  await views.current('a');
  expect(read).toEqual(['a', 'a', 'a', 'a']);
});
