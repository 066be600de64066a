import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SessionRecord, SignInRecord, Slot, StoreKey } from '../../session-store.ts';
import { createSqliteStore } from './sqlite.ts';

interface HammerReport {
  readonly failure?: string;
  readonly saved: number;
  readonly outdated: number;
  readonly ended: number;
  readonly cameBack: readonly Slot[];
  readonly endedSlots: readonly Slot[];
}

const signIn: SignInRecord = {
  version: 1,
  id: 'sign-in',
  account: { id: 'account', email: 'ada@kittens.example', name: 'Ada' },
  provedAt: 0,
  methods: ['pwd'],
  device: '',
  place: '',
  remembered: false,
  apps: { shop: null },
  createdAt: 0,
  idleSeconds: 600,
  absoluteSeconds: 3600,
};

const session: SessionRecord = {
  version: 1,
  scope: 'shop',
  signedIn: true,
  createdAt: 0,
  idleSeconds: 600,
  absoluteSeconds: 3600,
  data: '{}',
};

async function hammer(path: string, slots: readonly object[], seed: number): Promise<HammerReport> {
  const script = new URL('./hammer.mjs', import.meta.url);
  const child = fork(script, { execArgv: ['--conditions=latchkey-source'] });
  child.send({ path, slots, rounds: 4000, seed });
  const [report] = (await once(child, 'message')) as [HammerReport];
  return report;
}

test('processes that write and end on one file bring nothing back and never meet a lock', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-sqlite-'));
  const path = join(folder, 'sessions.db');
  const store = createSqliteStore({ path });
  const slots: { slot: Slot; key: StoreKey }[] = [];
  for (let index = 0; index < 100; index += 1) {
    const slot = String(index).padStart(16, 'x') as Slot;
    const key = `{${slot}}:abcdefghijklmnopqrstuv` as StoreKey;
    await store.createSignIn(slot, signIn);
    await store.create(key, session);
    slots.push({ slot, key });
  }

  const reports = await Promise.all([1, 2, 3].map((seed) => hammer(path, slots, seed)));

  for (const report of reports) {
    expect(report.failure).toBe(undefined);
    expect(report.cameBack).toEqual([]);
    expect(report.saved).toBeGreaterThan(0);
  }
  const ended = new Set(reports.flatMap(({ endedSlots }) => endedSlots));
  expect(ended.size).toBeGreaterThan(0);
  for (const { slot, key } of slots) {
    const reading = await store.read(key);
    expect(reading === null).toBe(ended.has(slot));
    expect(await store.createSignIn(slot, signIn)).toBe('ended');
  }
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

test('processes that open a new file at the same moment all can', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-sqlite-'));
  const path = join(folder, 'sessions.db');
  const slots = [{ slot: 'a'.repeat(16), key: `{${'a'.repeat(16)}}:abcdefghijklmnopqrstuv` }];
  const reports = await Promise.all([1, 2, 3, 4].map((seed) => hammer(path, slots, seed)));
  for (const report of reports) expect(report.failure).toBe(undefined);
  await rm(folder, { recursive: true, force: true });
});
