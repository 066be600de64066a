// A process of its own for postgres.integration.test.ts: writes to the slots it is given as fast as it can, ends some of
// them, and reports whatever came back. Plain JavaScript, so that it is not published with the package.
import { createPostgresStore } from './postgres.ts';

process.once('message', ({ url, prefix, slots, rounds, seed }) => {
  hammer({ url, prefix, slots, rounds, seed }).then(
    (report) => process.send(report, () => process.exit(0)),
    (error) => process.send({ failure: `${error.message}: ${error.cause}` }, () => process.exit(1)),
  );
});

async function hammer({ url, prefix, slots, rounds, seed }) {
  const store = await createPostgresStore({ url, prefix });
  const random = randomNumbers(seed);
  const ended = new Set();
  const report = { saved: 0, outdated: 0, ended: 0, cameBack: [] };
  for (let round = 0; round < rounds; round += 1) {
    const { slot, key } = slots[Math.floor(random() * slots.length)];
    const reading = await store.read(key);
    if (reading === null) ended.add(slot);
    else if (ended.has(slot)) report.cameBack.push(slot);
    // A stale version now and then, and writes to what is long gone.
    const version = (reading?.session.version ?? 1) - (random() < 0.1 ? 1 : 0);
    report[await store.replace(key, `{"round":${round}}`, version)] += 1;
    await store.touch(key, 600);
    if (random() < 0.02) {
      await store.endSignIn(slot, 'sign-out');
      ended.add(slot);
      if ((await store.read(key)) !== null) report.cameBack.push(slot);
    }
  }
  await store.close();
  return { ...report, endedSlots: [...ended] };
}

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
