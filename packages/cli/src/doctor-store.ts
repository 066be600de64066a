import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Family, openStore, type SessionStore } from '@latchkey/session';
import { type Finding, messageOf } from './doctor-finding.ts';
import { evictionFault } from './doctor-redis.ts';

/** Whose store, and the clock of this machine in milliseconds. */
export interface StoreExamination {
  readonly family: Family;
  readonly now: () => number;
}

/** Milliseconds by which the clocks of machine and store may differ: what a handshake token allows. */
const clockTolerance = 5_000;

/** Whether the session store answers, by a clock like that of this machine. Makes no file. */
export async function examineStore({ family, now }: StoreExamination): Promise<Finding> {
  const about = 'store';
  if (typeof family.store === 'string' && family.store.startsWith('memory:')) {
    return {
      about,
      state: 'bad',
      words: 'it lives in one process; apps in others find it empty',
      change: "store: 'sqlite:./data/sessions.db' or 'redis://127.0.0.1:6379/0'",
    };
  }
  const missing = missingFile(family.store);
  if (missing !== null) {
    return {
      about,
      state: 'bad',
      words: `there is no file ${missing}: has the family ever run?`,
      change: 'store',
    };
  }
  let store: SessionStore | null = null;
  try {
    store = typeof family.store === 'string' ? await openStore(family.store) : family.store;
    await store.ping();
    const ahead = store.now() - now();
    if (Math.abs(ahead) <= clockTolerance) {
      return (await evictionFault(family.store)) ?? { about, state: 'good', words: 'it answers' };
    }
    const seconds = Math.round(Math.abs(ahead) / 1000);
    const direction = ahead > 0 ? 'behind' : 'ahead of';
    const words = `it answers, but the clock of this machine is ${seconds} s ${direction} the store's`;
    return { about, state: 'bad', words, change: 'the clock of this machine, or of the store' };
  } catch (error) {
    return { about, state: 'bad', words: messageOf(error), change: 'store' };
  } finally {
    await store?.close().catch(() => undefined);
  }
}

/** The file of an SQLite URL that is not there: opening it would make it. */
export function missingFile(store: string | SessionStore): string | null {
  const path =
    typeof store === 'string' ? /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(store)?.[1] : undefined;
  return path === undefined || existsSync(path) ? null : resolve(path);
}
