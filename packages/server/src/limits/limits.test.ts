import { createFakeClock, type FakeClock } from '@latchkey/testkit';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabase } from '../../test/databases.ts';
import { realms } from '../../test/realm.ts';
import type { OpenDatabase } from '../database/open-database.ts';
import { createLimits, type LimitedTry, type Limits, type TakenTry } from './limits.ts';
import { limitPolicies } from './policies.ts';

const family = { secrets: ['s'.repeat(16) + 't'.repeat(16)], realm: realms };
const network: LimitedTry = { kind: 'password-from-network', key: '192.0.2.1' };
const account: LimitedTry = { kind: 'password-of-account', key: 'ada@kittens.example' };
const browser: LimitedTry = { kind: 'known-browser', key: 'nonce' };

let clock: FakeClock;
let database: OpenDatabase;
let limits: Limits;
beforeEach(async () => {
  clock = createFakeClock();
  database = await openTestDatabase();
  limits = createLimits({ db: database.db, family, now: clock.now });
});
afterEach(() => database.close());

const seconds = (count: number) => clock.advance(count * 1000);

/** How many of so many tries are allowed. */
async function tries(times: number, limited: LimitedTry): Promise<number> {
  let allowed = 0;
  for (let time = 0; time < times; time += 1) {
    if ((await limits.take(limited)).kind === 'taken') allowed += 1;
  }
  return allowed;
}

async function taken(limited: LimitedTry): Promise<TakenTry> {
  const result = await limits.take(limited);
  if (result.kind === 'refused') throw new Error(`Refused for ${result.retryAfterSeconds} s.`);
  return result;
}

async function waitFor(limited: LimitedTry): Promise<number> {
  const result = await limits.take(limited);
  return result.kind === 'refused' ? result.retryAfterSeconds : 0;
}

describe('a limit', () => {
  test('lets the free tries through, then tells the wait, which passes', async () => {
    expect(await tries(12, account)).toBe(10);
    expect(await waitFor(account)).toBe(60);
    seconds(45.5);
    expect(await waitFor(account)).toBe(15);
    seconds(14.5);
    expect(await waitFor(account)).toBe(0);
  });

  test('refuses no free try by a clock that is behind', async () => {
    const late = createLimits({ db: database.db, family, now: () => clock.now() - 4000 });
    const first = await taken(account);
    expect((await late.take(account)).kind).toBe('taken');
    await first.giveBack();
    expect((await late.take(account)).kind).toBe('taken');
  });

  test('makes the wait longer with each try beyond, up to an hour', async () => {
    await tries(10, account);
    const waits: number[] = [];
    for (let step = 0; step < 9; step += 1) {
      const wait = await waitFor(account);
      waits.push(wait);
      seconds(wait);
      expect(await tries(1, account)).toBe(1);
    }
    expect(waits).toEqual([60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
  });

  test('without waits is closed until its window ends', async () => {
    expect(await tries(12, browser)).toBe(10);
    seconds(399 * 86_400);
    expect(await waitFor(browser)).toBe(86_400);
    seconds(86_400);
    expect(await tries(12, browser)).toBe(10);
  });

  test('starts anew when its window is over', async () => {
    expect(await tries(49, network)).toBe(49);
    seconds(899);
    expect(await tries(2, network)).toBe(1);
    // The fiftieth has made the window longer, by its wait and an hour.
    seconds(60);
    expect(await tries(2, network)).toBe(1);
    seconds(120 + 3600);
    expect(await tries(60, network)).toBe(1);
    seconds(3 * 3600);
    expect(await tries(60, network)).toBe(50);
  });

  test('counts kinds and keys apart', async () => {
    await tries(12, account);
    expect(await tries(1, { ...account, key: 'ben@kittens.example' })).toBe(1);
    expect(await tries(1, { ...network, key: account.key })).toBe(1);
  });

  test('is forgotten when it is cleared', async () => {
    await tries(12, account);
    await limits.clear(account);
    expect(await tries(12, account)).toBe(10);
  });
});

describe('tries of one moment', () => {
  test('count exactly', async () => {
    const results = await Promise.all(Array.from({ length: 40 }, () => limits.take(account)));
    expect(results.filter(({ kind }) => kind === 'taken')).toHaveLength(10);
  });

  test('count exactly after a wait: one is allowed', async () => {
    await tries(10, account);
    seconds(60);
    const results = await Promise.all(Array.from({ length: 40 }, () => limits.take(account)));
    expect(results.filter(({ kind }) => kind === 'taken')).toHaveLength(1);
  });
});

describe('a try that is given back', () => {
  test('does not count, however often that is said', async () => {
    await tries(5, account);
    const one = await taken(account);
    await Promise.all([one.giveBack(), one.giveBack()]);
    await one.giveBack();
    expect(await tries(20, account)).toBe(5);
  });

  test('leaves nobody waiting', async () => {
    for (let time = 0; time < 100; time += 1) await (await taken(account)).giveBack();
    await tries(9, account);
    for (let time = 0; time < 100; time += 1) await (await taken(account)).giveBack();
    expect(await tries(20, account)).toBe(1);
    seconds(60);
    // Beyond the free ones too: who is right does not make the next one wait.
    for (let time = 0; time < 100; time += 1) await (await taken(account)).giveBack();
    expect(await tries(2, account)).toBe(1);
    expect(await waitFor(account)).toBe(120);
  });

  test('takes the longer window back as well', async () => {
    await tries(50, network);
    seconds(60);
    const before = await database.db.selectFrom('limits').selectAll().executeTakeFirst();
    await (await taken(network)).giveBack();
    const after = await database.db.selectFrom('limits').selectAll().executeTakeFirst();
    expect(after).toEqual({ ...before, opens_at: 0 });
  });

  test('lifts no wait that a later one made', async () => {
    await tries(9, account);
    const slow = await taken(account);
    seconds(60);
    await taken(account);
    await slow.giveBack();
    expect(await waitFor(account)).toBe(120);
  });

  test('after its window was over, gives no try too many in the next', async () => {
    const slow = await taken(browser);
    seconds(400 * 86_400);
    await tries(1, browser);
    await slow.giveBack();
    expect(await tries(20, browser)).toBe(9);
  });

  test('leaves nothing behind where it was the only one', async () => {
    await (await taken(account)).giveBack();
    const row = await database.db.selectFrom('limits').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({ taken: 0, forget_at: 0 });
  });
});

test('refused tries do not count', async () => {
  await tries(9, account);
  const last = await taken(account);
  await tries(50, account);
  await last.giveBack();
  expect(await tries(5, account)).toBe(1);
});

test('a copy of the table lists neither addresses nor accounts', async () => {
  await Promise.all([taken(account), taken(network)]);
  const rows = await database.db.selectFrom('limits').selectAll().execute();
  expect(rows.map(({ name }) => /^[\w-]{22}$/.test(name))).toEqual([true, true]);
  const other = { ...family, secrets: ['t'.repeat(16) + 's'.repeat(16)] };
  const elsewhere = createLimits({ db: database.db, family: other, now: clock.now });
  await elsewhere.take(account);
  expect(await database.db.selectFrom('limits').select('name').execute()).toHaveLength(3);
});

test('whatever the order of tries, waits and gifts, no more count than the policy allows', async () => {
  const { free, waitSeconds } = limitPolicies['password-of-account'];
  const step = fc.oneof(
    fc.record({ do: fc.constant('take' as const) }),
    fc.record({ do: fc.constant('giveBack' as const), which: fc.nat(30) }),
    fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 200 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      await limits.clear(account);
      const open: TakenTry[] = [];
      const began = clock.now();
      for (const one of steps) {
        if (one.do === 'wait') seconds(one.seconds);
        else if (one.do === 'giveBack') await open.splice(one.which, 1)[0]?.giveBack();
        else {
          const result = await limits.take(account);
          if (result.kind === 'taken') open.push(result);
        }
        const row = await database.db.selectFrom('limits').select('taken').executeTakeFirst();
        expect(row?.taken ?? 0).toBe(open.length);
      }
      // So many waits of the shortest kind have passed at most.
      const passed = Math.floor((clock.now() - began) / 1000 / (waitSeconds[0] ?? 1));
      expect(open.length).toBeLessThanOrEqual(free + passed);
    }),
    { numRuns: 60 },
  );
});
