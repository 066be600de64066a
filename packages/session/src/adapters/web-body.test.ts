import { expect, test } from 'vitest';
import { ada, alone } from '../../test/alone.ts';
import { latchkey } from './web.ts';
import { boundBody } from './web-body.ts';

const eventStream = (): Response =>
  new Response(
    new ReadableStream({ start: (stream) => stream.enqueue(Buffer.from('data: 1\n\n')) }),
    {
      headers: { 'content-type': 'text/event-stream' },
    },
  );

function readerOf({ body }: Response): ReadableStreamDefaultReader<Uint8Array> {
  if (body === null) throw new Error('The response has no body.');
  return body.getReader();
}

test('a stream ends with its session also when another of that session was left before', async () => {
  const { app } = alone();
  const handle = latchkey(app)(async ({ url }, session) => {
    if (url.endsWith('/in')) await session.signIn(ada);
    if (url.endsWith('/out')) await session.signOut();
    return url.endsWith('/events') ? eventStream() : new Response('done');
  });
  let cookie = '';
  const get = (path: string): Promise<Response> =>
    handle(new Request(`${app.origin}${path}`, { headers: { cookie } }));
  cookie = (await get('/in')).headers.get('set-cookie')?.split(';')[0] ?? '';
  const [left, kept] = [readerOf(await get('/events')), readerOf(await get('/events'))];
  await left.read();
  await left.cancel();
  expect((await kept.read()).done).toBe(false);
  await get('/out');
  expect((await kept.read()).done).toBe(true);
});

test('a body that was left is done once, and a signal that fires afterwards finds nobody', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  let timesDone = 0;
  const done = (): void => {
    timesDone += 1;
  };
  const reader = readerOf(boundBody(eventStream(), { signal, done }));
  await reader.read();
  await reader.cancel();
  // A listener that throws here would end the process, and the run of the tests.
  controller.abort();
  await new Promise(setImmediate);
  expect(timesDone).toBe(1);
});

test('a handler that fails lets go of what it had watched', async () => {
  const { app, browser: make } = alone();
  const browser = make();
  await browser.visit((session) => session.signIn(ada));
  const signals: AbortSignal[] = [];
  const handle = latchkey(app)((_request, session) => {
    signals.push(session.signal);
    throw new Error('the app broke');
  });
  const headers = { cookie: browser.header ?? '' };
  await expect(handle(new Request(`${app.origin}/`, { headers }))).rejects.toThrow('the app broke');
  await browser.visit((session) => session.signOut());
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
});
