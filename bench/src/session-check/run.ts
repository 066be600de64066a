import { fork } from 'node:child_process';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Surroundings } from '../benchmark.ts';
import { type Called, callProcess } from '../process-call.ts';
import type { Case } from './cases.ts';
import { host } from './family.ts';
import type { LoadCalls, Outcome, Target } from './load.ts';
import type { ServerCalls } from './server.ts';

/** How long and how often to measure. */
export interface Plan {
  readonly rounds: number;
  readonly roundMilliseconds: number;
  readonly warmUpMilliseconds: number;
  readonly people: number;
  readonly connections: number;
}

/** The folder and the Redis server in which stores may lie. */
export interface Places {
  readonly folder: string;
  readonly redisUrl: string;
}

/** One round of one case. */
export interface Measured extends Outcome {
  /** CPU time of the server process for each request, in microseconds. */
  readonly cpuMicros: number;
}

interface Running {
  readonly one: Case;
  readonly server: Called<ServerCalls>;
  readonly rounds: Measured[];
}

/**
 * V8 puts each process, by chance and for good, into one of two states in which a bare server differs by half of its time: it
 * may take what lives as long as a request for what lives on, and it gives a process that grew at its start a larger young
 * generation. All servers have the same, so that what is compared is their code.
 */
export const sameCollection: readonly string[] = [
  '--no-allocation-site-pretenuring',
  '--min-semi-space-size=16',
  '--max-semi-space-size=16',
];

/**
 * Measures each case: each in a process of its own, all of them started first, then round by round, one after
 * another, so that what else the machine does meets all of them alike. Rejects when a server gives a wrong answer.
 */
export async function measureSessionChecks(
  cases: readonly Case[],
  plan: Plan,
  { places, report }: Pick<Surroundings, 'report'> & { readonly places: Places },
): Promise<ReadonlyMap<Case, readonly Measured[]>> {
  await using processes = new AsyncDisposableStack();
  const load = startLoad(processes);
  const running: Running[] = [];
  for (const one of cases) {
    const people = one.people ?? plan.people;
    report(`starting ${one.name}, signing in ${people} people`);
    const { server, target } = await startServer({ ...one, people }, places, processes);
    await load.ask('add', { name: one.name, ...target });
    running.push({ one, server, rounds: [] });
  }
  for (const one of running) {
    await measure(one, load, { ...plan, roundMilliseconds: plan.warmUpMilliseconds });
  }
  report(`${plan.rounds} rounds`);
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const one of inTurn(running, round)) one.rounds.push(await measure(one, load, plan));
  }
  return new Map(running.map(({ one, rounds }) => [one, rounds]));
}

/** Starts the process that asks. */
export function startLoad(processes: AsyncDisposableStack): Called<LoadCalls> {
  const load = callProcess<LoadCalls>(fork(new URL('./load.ts', import.meta.url)));
  processes.defer(() => load.end());
  return load;
}

/** Starts the process that answers, and sees that it answers rightly. */
export async function startServer(
  one: Case & { readonly people: number },
  places: Places,
  processes: AsyncDisposableStack,
): Promise<{ readonly server: Called<ServerCalls>; readonly target: Target }> {
  const env = { ...process.env, NODE_ENV: 'production' };
  const execArgv = [...process.execArgv, ...sameCollection];
  const server = callProcess<ServerCalls>(
    fork(new URL('./server.ts', import.meta.url), { env, execArgv }),
  );
  processes.defer(() => server.end());
  const { framework, session, people } = one;
  const store = storeUrl(one, places);
  const target = await server.ask('start', { framework, session, store, people });
  await checkAnswers(one, target);
  return { server, target };
}

/** Each round begins with another case, so that none always follows the same one. */
function inTurn<T>(all: readonly T[], round: number): T[] {
  const start = round % all.length;
  return [...all.slice(start), ...all.slice(0, start)];
}

function storeUrl({ session, people = 0 }: Case, { folder, redisUrl }: Places): string {
  return session === 'sqlite' ? `sqlite:${folder}/${people}.db` : redisUrl;
}

async function measure(
  { one: { name }, server }: Running,
  load: Called<LoadCalls>,
  { connections, roundMilliseconds }: Plan,
): Promise<Measured> {
  await server.ask('freshen');
  await load.ask('connect', { name, connections });
  const before = await server.ask('cpu');
  const outcome = await load.ask('ask', roundMilliseconds);
  const after = await server.ask('cpu');
  return { ...outcome, cpuMicros: (after - before) / outcome.answers };
}

/** A quick answer to the wrong question would be worthless: signed in people are known, nobody else is. */
async function checkAnswers({ name, session }: Case, target: Target): Promise<void> {
  const [first = '', second = ''] = target.cookieHeaders;
  const known = [await askOnce(target, first), await askOnce(target, second)];
  const emails = new Set(known.map(({ account }) => account?.email));
  const isRight = known.every(({ signedIn }) => signedIn);
  if ((session === 'none' || session === 'hook') && isRight) return;
  const altered = `${first.slice(0, -1)}${first.endsWith('A') ? 'Q' : 'A'}`;
  const unknown = [await askOnce(target, altered), await askOnce(target, null)];
  if (isRight && emails.size === 2 && unknown.every(({ signedIn }) => !signedIn)) return;
  throw new Error(`${name} answers wrongly; measuring it would say nothing.`);
}

interface Me {
  readonly signedIn: boolean;
  readonly account?: { readonly email: string };
}

async function askOnce({ port }: Target, cookie: string | null): Promise<Me> {
  const headers = { host, ...(cookie === null ? {} : { cookie }) };
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  get({ port, host: '127.0.0.1', path: '/me', headers, agent: false }, (response) => {
    text(response).then(resolve, reject);
  }).on('error', reject);
  return JSON.parse(await promise) as Me;
}
