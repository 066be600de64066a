import { expect, test } from 'vitest';
import { ada, alone } from '../../test/alone.ts';
import { latchkey } from './next.ts';

test('what a server action has watched is let go with it', async () => {
  const { app, browser: make } = alone();
  const browser = make();
  await browser.visit((session) => session.signIn(ada));
  const { action } = latchkey(app, {
    headers: async () => ({ get: () => browser.header ?? null }),
    cookies: async () => ({ set: () => undefined }),
    NextResponse: { next: () => new Response() },
  });
  const signals: AbortSignal[] = [];
  const watch = action(async (session) => {
    signals.push(session.signal);
  });
  await watch();
  await browser.visit((session) => session.signOut());
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
});
