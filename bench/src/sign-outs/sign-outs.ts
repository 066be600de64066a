import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Benchmark, ownRedis } from '../benchmark.ts';
import { quantile } from '../figures.ts';
import { type Called, callProcess } from '../process-call.ts';
import { rowOfSpread } from '../rows.ts';
import {
  cookieName,
  createShop,
  createSignOutSessions,
  signInPeople,
} from '../session-check/family.ts';
import { type CheckerCalls, instant, type Verdict } from './checker.ts';

const startedAtOnce = 4;

/** What one sign-out gave. */
interface Ending {
  readonly tookMilliseconds: number;
  /** Checks begun after the sign-out returned that still found somebody signed in. */
  readonly stale: number;
  readonly verdicts: readonly Verdict[];
}

/**
 * "Ended means ended": many processes hold a session in memory and go on checking it; it is signed out in another one,
 * and the moment that returned all of them are asked. Whatever they found before must not be said again.
 */
export const signOuts: Benchmark = {
  name: 'sign-out',
  async run(surroundings) {
    const { isQuick, own, report } = surroundings;
    const size = isQuick ? { processes: 20, signOuts: 20 } : { processes: 100, signOuts: 100 };
    const { url } = await ownRedis(surroundings);
    report(`starting ${size.processes} processes`);
    const checkers = await startCheckers(size.processes, url, own);
    report(`${size.signOuts} sign-outs, each asked of all processes the moment it returned`);
    const shop = createShop(url);
    own.defer(() => shop.store.close());
    const sessions = createSignOutSessions(shop.store);
    const endings: Ending[] = [];
    for (const id of await signInPeople(shop, size.signOuts)) {
      const cookieHeader = `${cookieName()}=${id}`;
      endings.push(await signOutOne(sessions, cookieHeader, checkers));
    }
    return rowsOf(endings, size.processes);
  },
};

async function startCheckers(
  count: number,
  url: string,
  own: AsyncDisposableStack,
): Promise<readonly Called<CheckerCalls>[]> {
  const checkers: Called<CheckerCalls>[] = [];
  // Some at a time: a hundred that start at once would each be too slow for its store's time-out.
  for (let from = 0; from < count; from += startedAtOnce) {
    const some = Array.from({ length: Math.min(startedAtOnce, count - from) }, () => {
      const checker = callProcess<CheckerCalls>(fork(new URL('./checker.ts', import.meta.url)));
      own.defer(() => checker.end());
      return checker;
    });
    await Promise.all(some.map((checker) => checker.ask('start', url)));
    checkers.push(...some);
  }
  return checkers;
}

async function signOutOne(
  sessions: ReturnType<typeof createSignOutSessions>,
  cookieHeader: string,
  checkers: readonly Called<CheckerCalls>[],
): Promise<Ending> {
  const held = await Promise.all(checkers.map((checker) => checker.ask('hold', cookieHeader)));
  if (!held.every((signedIn) => signedIn)) throw new Error('Somebody is not signed in.');
  // Until every process has answered from memory a few times.
  await sleep(100);
  const { session } = await sessions.open(cookieHeader);
  const startedAt = instant();
  await session.signOut();
  const returnedAt = instant();
  const verdicts = await Promise.all(checkers.map((checker) => checker.ask('check')));
  const stale = verdicts.filter(({ signedIn, lastYes }) => signedIn || lastYes > returnedAt).length;
  return { tookMilliseconds: (returnedAt - startedAt) / 1e6, stale, verdicts };
}

function rowsOf(endings: readonly Ending[], processes: number) {
  const took = endings.map(({ tookMilliseconds }) => tookMilliseconds).sort((a, b) => a - b);
  const stale = endings.map((ending) => ending.stale);
  const all = endings.flatMap(({ verdicts }) => verdicts);
  const total = (pick: (verdict: Verdict) => number): number =>
    all.reduce((sum, verdict) => sum + pick(verdict), 0);
  const [lowest = 0, highest = 0] = [took[0], took.at(-1)];
  const sum = stale.reduce((before, one) => before + one, 0);
  return [
    rowOfSpread(
      {
        case: `${endings.length} sign-outs, ${processes} processes asked the moment it returned`,
        metric: 'stale answers',
        unit: 'checks',
        atMost: 0,
      },
      { median: sum, lowest: Math.min(...stale), highest: Math.max(...stale) },
      {
        'stale by sign-out': stale,
        'asked when it returned': [all.length],
        'checks in all': [total(({ checks }) => checks)],
        'answered from memory': [total(({ fromMemory }) => fromMemory)],
      },
    ),
    rowOfSpread(
      { case: 'signOut on Redis', metric: 'p99', unit: 'ms', atMost: 300, digits: 0 },
      { median: quantile(took, 0.99), lowest, highest },
      { milliseconds: took },
    ),
  ];
}
