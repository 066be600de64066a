import type { Slot } from '@latchkey/session/parts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';
import { runProcesses } from '../../test/processes.ts';
import { realm } from '../../test/realm.ts';
import { maxSignInsPerAccount } from './start-sign-in.ts';

const processes = 3;
const signInsEach = 6;
const signInsBefore = 90;

let host: TestLoginHost;
beforeEach(async () => {
  host = await openTestLoginHost();
});
afterEach(() => host.close());

/** Signs one person in many times at once, as a login host's process of its own. */
const program = `
  const { openTestLoginHost } = await import(process.env.SOURCE);
  const host = await openTestLoginHost({ folder: process.env.FOLDER, database: process.env.DATABASE });
  host.clock.advance(1000);
  const proof = { accountId: process.env.ACCOUNT, epoch: 1, methods: ['pwd'], userAgent: null };
  const started = await Promise.all(Array.from({ length: ${signInsEach} }, () => host.startSignIn(proof)));
  if (started.some(({ kind }) => kind !== 'started')) throw new Error('Some were refused.');
  await host.close({ keepFolder: true });
`;

test('processes that sign one person in at once leave as many as one account may have, no fewer', async () => {
  const { id, epoch } = await host.person('ada', ['shop']);
  for (let made = 0; made < signInsBefore; made += 1) {
    await host.startSignIn({ accountId: id, epoch, methods: ['pwd'], userAgent: null });
  }
  const source = new URL('../../test/login-host.ts', import.meta.url).href;
  await runProcesses(processes, program, {
    SOURCE: source,
    FOLDER: host.folder,
    DATABASE: host.databaseUrl,
    ACCOUNT: id,
  });
  const rows = await host.db.selectFrom('sign_ins').selectAll().execute();
  expect(rows).toHaveLength(signInsBefore + processes * signInsEach);
  const live = rows.filter((row) => row.ended_at === null);
  expect(live).toHaveLength(maxSignInsPerAccount);
  const inStore = await host.store.listSignIns(realm, id, 200);
  expect(inStore.map(({ slot }) => slot).sort()).toEqual(
    live.map(({ slot }) => slot as Slot).sort(),
  );
});
