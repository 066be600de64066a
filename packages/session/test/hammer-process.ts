import type { SessionStore, Slot } from '../src/session-store.ts';
import { openStore } from '../src/store/open-store.ts';
import type { HammerReport, HammerWork } from './hammer.ts';

// A process of its own for `hammer`: works at what it is sent, reports what it saw, and is done.
process.once('message', (work: HammerWork) => {
  run(work).then(
    (report) => process.send?.(report, undefined, undefined, () => process.exit(0)),
    ({ message, cause }: Error) =>
      process.send?.({ failure: `${message}: ${cause}` }, undefined, undefined, () =>
        process.exit(1),
      ),
  );
});

async function run(work: HammerWork): Promise<HammerReport> {
  const { url, prefix } = work;
  const store = await openStore(url, prefix === undefined ? {} : { prefix });
  const report = await writeAndEnd(store, work);
  await store.close();
  return report;
}

async function writeAndEnd(
  store: SessionStore,
  { slots, rounds, seed }: HammerWork,
): Promise<HammerReport> {
  const random = randomNumbers(seed);
  const ended = new Set<Slot>();
  const cameBack: Slot[] = [];
  const answers = { saved: 0, outdated: 0, ended: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const chosen = slots[Math.floor(random() * slots.length)];
    if (chosen === undefined) throw new Error('There is nothing to write to.');
    const { slot, key } = chosen;
    const reading = await store.read(key);
    if (reading === null) ended.add(slot);
    else if (ended.has(slot)) cameBack.push(slot);
    // A stale version now and then, and writes to what is long gone.
    const version = (reading?.session.version ?? 1) - (random() < 0.1 ? 1 : 0);
    answers[await store.replace(key, `{"round":${round}}`, version)] += 1;
    await store.touch(key, 600);
    if (random() < 0.02) {
      await store.endSignIn(slot, 'sign-out');
      ended.add(slot);
      if ((await store.read(key)) !== null) cameBack.push(slot);
    }
  }
  return { saved: answers.saved, cameBack, endedSlots: [...ended] };
}

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
