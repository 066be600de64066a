import { createBreakableStore } from '@latchkey/testkit';
import { expect, test } from 'vitest';
import { ada, alone } from '../../test/alone.ts';
import { nextTurn } from '../../test/listen.ts';
import { createMemoryStore } from '../store/memory.ts';

/** Turns of the event loop in which Node would tell of a rejection that nobody handles. */
async function afterUnhandled(work: () => void): Promise<readonly unknown[]> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  work();
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  process.off('unhandledRejection', note);
  return unhandled;
}

const calls = ['save', 'rotate', 'end', 'signIn', 'signOut', 'signIns', 'signOutOthers'] as const;

test.each(calls)(
  'session.%s() that nobody awaits is an event when the store is down, and ends no process',
  async (call) => {
    const store = createBreakableStore(createMemoryStore(), true);
    const { browser: make, events } = alone({ store });
    const browser = make();
    await browser.visit((session) => session.signIn(ada));
    const { session } = await browser.open();
    session.data['n'] = 1;
    store.broken = 'all';
    const unhandled = await afterUnhandled(() => {
      if (call === 'signIn') void session.signIn(ada);
      else void session[call]();
    });
    expect(unhandled).toEqual([]);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'store.unavailable', reason: call }),
    );
  },
);

test('session.save() after the end, that nobody awaits, is one event', async () => {
  const { browser: make, events } = alone();
  const browser = make();
  await browser.visit((session) => session.signIn(ada));
  const slow = await browser.open();
  slow.session.data['n'] = 1;
  await browser.visit((session) => session.signOut());
  expect(await afterUnhandled(() => void slow.session.save())).toEqual([]);
  expect(await slow.commit()).toEqual([]);
  const lost = events.filter(({ type }) => type === 'session.save-lost');
  expect(lost).toEqual([{ type: 'session.save-lost', reason: 'save' }]);
});

test('a call that rejects because of what the app gave it is an event too', async () => {
  const { browser: make, events } = alone();
  const { session } = await make().open();
  const nobody = { ...ada, id: '' };
  expect(await afterUnhandled(() => void session.signIn(nobody))).toEqual([]);
  expect(events).toMatchObject([
    { type: 'session.call-refused', reason: 'signIn', cause: { code: 'option_invalid' } },
  ]);
});

test('who awaits a call gets its rejection all the same', async () => {
  const store = createBreakableStore(createMemoryStore(), false);
  const { session } = await alone({ store }).browser().open();
  session.data['n'] = 1;
  store.broken = 'all';
  await expect(session.save()).rejects.toMatchObject({ code: 'store_unavailable' });
});
