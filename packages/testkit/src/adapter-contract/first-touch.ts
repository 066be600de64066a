import { deepEqual, equal } from 'node:assert/strict';
import { type AdapterCase, adapterCase } from './harness.ts';

/** When the session is touched, and whether anybody waits for it, must not matter to the answer. */
export const firstTouchCases: readonly AdapterCase[] = [
  ...adapterCase(
    'an answer is whole, with its cookie, where its own argument touches the session first',
    async (bench) => {
      const app = await bench.alone();
      for (const form of bench.adapter.lateForms) {
        const visitor = app.visitor();
        const { status, text, cookies, isWhole } = await visitor.ask(`/late/${form}`);
        deepEqual([form, status, text, cookies.length, isWhole], [form, 200, 'late', 1, true]);
        equal((await visitor.ask('/read')).text, '{"late":true}');
        const again = await visitor.ask(`/late/${form}`);
        deepEqual([form, again.status, again.text, again.cookies], [form, 200, 'late', []]);
      }
    },
  ),

  ...adapterCase('where that cannot be saved nothing of it leaves', async (bench) => {
    const app = await bench.alone();
    app.store.broken = 'writes';
    for (const form of bench.adapter.lateForms) {
      const { status, text, cookies, isWhole } = await app.visitor().ask(`/late/${form}`);
      deepEqual([form, status, cookies, isWhole], [form, 503, [], true]);
      equal(text.includes('late'), false, form);
    }
  }),

  ...adapterCase('the answer waits for a call that the app does not wait for', async (bench) => {
    const app = await bench.alone();
    for (const call of ['end', 'signOut'] as const) {
      const visitor = app.visitor();
      await visitor.ask('/visits');
      const before = visitor.copy();
      const { status, cookies } = await visitor.ask(`/unawaited/${call}`);
      deepEqual([call, status, cookies.length], [call, 200, 1]);
      equal((await before.ask('/read')).text, '{}', call);
    }
  }),

  ...adapterCase('a call that nobody waits for and that fails ends no process', async (bench) => {
    const app = await bench.alone();
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      for (const call of ['save', 'rotate', 'end', 'signIn', 'signOut'] as const) {
        app.store.broken = 'no';
        const visitor = app.visitor();
        await visitor.ask('/visits');
        app.store.broken = 'writes';
        const { isWhole } = await visitor.ask(`/unawaited/${call}`);
        deepEqual([call, isWhole], [call, true]);
        const told = app.events.filter(({ type }) => type === 'store.unavailable');
        deepEqual([call, told.some(({ reason }) => reason === call)], [call, true]);
      }
    } finally {
      process.off('unhandledRejection', note);
    }
    deepEqual(unhandled, []);
  }),
];
