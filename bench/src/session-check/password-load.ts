import { type Benchmark, ownFolder, ownRedis, type Surroundings } from '../benchmark.ts';
import { differences } from '../figures.ts';
import type { Called } from '../process-call.ts';
import { rowOf } from '../rows.ts';
import { nodeHit } from './cases.ts';
import type { LoadCalls } from './load.ts';
import { startLoad, startServer } from './run.ts';
import type { ServerCalls } from './server.ts';

const perSecond = 20;
/** Eight people who click a hundred times a second: far from what the server could do, so that waiting is not queueing. */
const pace = { connections: 8, everyMilliseconds: 10 } as const;

/** How long a check takes while people sign in with passwords in the same process. */
export const passwordLoad: Benchmark = {
  name: 'sign-in load',
  async run(surroundings) {
    const { isQuick, own, report } = surroundings;
    const plan = isQuick ? { rounds: 3, milliseconds: 2000 } : { rounds: 9, milliseconds: 4000 };
    const pair = await prepare(surroundings, own);
    await round(pair, 0, 1000);
    await round(pair, perSecond, 1000);
    report(`${plan.rounds} rounds without and with ${perSecond} argon2 sign-ins a second`);
    const without: number[] = [];
    const during: number[] = [];
    const verified: number[] = [];
    for (let count = 0; count < plan.rounds; count += 1) {
      without.push((await round(pair, 0, plan.milliseconds)).p99Milliseconds);
      const busy = await round(pair, perSecond, plan.milliseconds);
      during.push(busy.p99Milliseconds);
      verified.push((busy.verified * 1000) / plan.milliseconds);
    }
    return [
      rowOf(
        {
          case: `check under ${perSecond} argon2 sign-ins a second`,
          metric: 'added p99',
          unit: 'ms',
          atMost: 5,
        },
        differences(during, without),
        { 'p99 with sign-ins': during, 'p99 without': without, 'sign-ins a second': verified },
      ),
    ];
  },
};

/** Who answers and who asks. */
interface Pair {
  readonly server: Called<ServerCalls>;
  readonly load: Called<LoadCalls>;
}

async function prepare(surroundings: Surroundings, own: AsyncDisposableStack): Promise<Pair> {
  const places = {
    folder: await ownFolder(surroundings),
    redisUrl: (await ownRedis(surroundings)).url,
  };
  const load = startLoad(own);
  const { server, target } = await startServer({ ...nodeHit, people: 1000 }, places, own);
  await load.ask('add', { name: nodeHit.name, ...target });
  return { server, load };
}

async function round(
  { server, load }: Pair,
  signIns: number,
  milliseconds: number,
): Promise<{ readonly p99Milliseconds: number; readonly verified: number }> {
  await server.ask('freshen');
  await load.ask('connect', { name: nodeHit.name, connections: pace.connections });
  await server.ask('verifyPasswords', signIns);
  const { p99Milliseconds } = await load.ask('askAtPace', {
    milliseconds,
    everyMilliseconds: pace.everyMilliseconds,
  });
  return { p99Milliseconds, verified: await server.ask('verifyPasswords', 0) };
}
