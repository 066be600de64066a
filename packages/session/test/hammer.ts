import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';
import type { SessionStore, Slot, StoreKey } from '../src/session-store.ts';
import { realm } from './realm.ts';
import { keyAt, sessionRecord, signInRecord, slotAt } from './records.ts';

/** What a process of its own is to do: write to the slots as fast as it can, and end some of them. */
export interface HammerWork {
  /** Of the store, as for `openStore`. */
  readonly url: string;
  readonly prefix?: string;
  readonly slots: readonly { readonly slot: Slot; readonly key: StoreKey }[];
  readonly rounds: number;
  readonly seed: number;
}

export interface HammerReport {
  readonly failure?: string;
  readonly saved: number;
  /** Slots that were there after they had ended. */
  readonly cameBack: readonly Slot[];
  readonly endedSlots: readonly Slot[];
}

export async function hammer(work: HammerWork): Promise<HammerReport> {
  const script = new URL('./hammer-process.ts', import.meta.url);
  const child = fork(script, { execArgv: ['--conditions=latchkey-source'] });
  child.send(work);
  const [report] = (await once(child, 'message')) as [HammerReport];
  return report;
}

/** Three processes write to `sessions` sessions at once and end some of them; none of those may ever come back. */
export async function expectNothingBack(
  store: SessionStore,
  { sessions, ...place }: Omit<HammerWork, 'slots' | 'seed'> & { readonly sessions: number },
): Promise<void> {
  const slots = Array.from({ length: sessions }, (_, index) => ({
    slot: slotAt(index),
    key: keyAt(index),
  }));
  for (const { slot, key } of slots) {
    await store.createSignIn(slot, signInRecord(), realm);
    await store.create(key, sessionRecord());
  }
  const reports = await Promise.all([1, 2, 3].map((seed) => hammer({ ...place, slots, seed })));
  for (const report of reports) {
    expect(report.failure).toBe(undefined);
    expect(report.cameBack).toEqual([]);
    expect(report.saved).toBeGreaterThan(0);
  }
  const ended = new Set(reports.flatMap(({ endedSlots }) => endedSlots));
  expect(ended.size).toBeGreaterThan(0);
  for (const { slot, key } of slots) {
    expect((await store.read(key)) === null).toBe(ended.has(slot));
    expect(await store.createSignIn(slot, signInRecord(), realm)).toBe('ended');
  }
}
