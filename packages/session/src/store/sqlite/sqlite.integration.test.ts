import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectNothingBack, hammer } from '../../../test/hammer.ts';
import { keyAt, slotAt } from '../../../test/records.ts';
import { createSqliteStore } from './sqlite.ts';

test('processes that write and end on one file bring nothing back and never meet a lock', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-sqlite-'));
  const path = join(folder, 'sessions.db');
  const store = createSqliteStore({ path });
  await expectNothingBack(store, { url: `sqlite:${path}`, sessions: 100, rounds: 4000 });
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

test('processes that open a new file at the same moment all can', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-sqlite-'));
  const url = `sqlite:${join(folder, 'sessions.db')}`;
  const slots = [{ slot: slotAt(1), key: keyAt(1) }];
  const reports = await Promise.all(
    [1, 2, 3, 4].map((seed) => hammer({ url, slots, rounds: 4000, seed })),
  );
  for (const report of reports) expect(report.failure).toBe(undefined);
  await rm(folder, { recursive: true, force: true });
});
