import { type Benchmark, ownFolder, ownRedis, type Surroundings } from '../benchmark.ts';
import { differences, ratios, spreadOf } from '../figures.ts';
import { type Row, rowOf } from '../rows.ts';
import {
  type Case,
  casesOf,
  dropIn,
  expressInTurn,
  expressSession,
  nodeBare,
  nodeHandMade,
  nodeHit,
  nodeRedisAsked,
  nodeSqlite,
  nodeSqliteRead,
} from './cases.ts';
import { type Measured, measureSessionChecks, type Plan } from './run.ts';

/*
 * What a session check costs: GET /me, 64 keep-alive connections, CPU time of the server's process for each request.
 * Each framework is measured in one interleaved run with its own bare server.
 */

const connections = 64;
const fullPlan: Plan = {
  connections,
  people: 10_000,
  rounds: 11,
  roundMilliseconds: 2000,
  warmUpMilliseconds: 3000,
};
const quickPlan: Plan = {
  connections,
  people: 2_000,
  rounds: 3,
  roundMilliseconds: 800,
  warmUpMilliseconds: 1000,
};

const nodeCases = [nodeBare, nodeHit, nodeHandMade, nodeRedisAsked, nodeSqlite, nodeSqliteRead];

/** CPU microseconds for each request, round by round, of each case. */
type CpuOf = (one: Case) => readonly number[];

/** What is held against what, and the goal where there is one. */
interface Comparison {
  readonly own: Case;
  readonly bare: Case;
  readonly atMost: number | null;
}

/** All of them. */
export const sessionChecks: readonly Benchmark[] = [
  {
    name: 'node:http',
    run: (surroundings) =>
      runCases(surroundings, nodeCases, (cpu) => [
        timesRow('hit on node:http', cpu, { own: nodeHit, bare: nodeBare, atMost: 1.15 }),
        addedRow('hit on node:http', cpu, { own: nodeHit, bare: nodeBare, atMost: null }),
        timesRow('miss to Redis', cpu, { own: nodeRedisAsked, bare: nodeHandMade, atMost: 1.25 }),
        timesRow('miss to Redis', cpu, { own: nodeRedisAsked, bare: nodeBare, atMost: null }),
        timesRow('SQLite, 20,000 sessions in turn', cpu, {
          own: nodeSqlite,
          bare: nodeBare,
          atMost: 2,
        }),
        timesRow('SQLite, 60,000 sessions in turn', cpu, {
          own: nodeSqliteRead,
          bare: nodeBare,
          atMost: null,
        }),
      ]),
  },
  {
    name: 'express',
    run(surroundings) {
      const { bare, hook, hit } = casesOf('express');
      return runCases(surroundings, [bare, hook, hit, expressSession, dropIn], (cpu) => [
        shareRow('hit on Express', cpu, { own: hit, bare, atMost: 0.15 }),
        shareRow('drop-in for express-session', cpu, { own: dropIn, bare, atMost: 0.5 }),
        timesRow('hit on Express', cpu, { own: hit, bare, atMost: null }),
        timesRow('bare writeHead hook on Express', cpu, { own: hook, bare, atMost: null }),
      ]);
    },
  },
  {
    name: 'express, in turn',
    run(surroundings) {
      const { bare, handMade, hit } = expressInTurn;
      return runCases(surroundings, [bare, handMade, hit], (cpu) => [
        timesAddedRow('hit on Express, 2,000 sessions in turn', cpu, 1.5),
        addedRow('hit on Express, 2,000 sessions in turn', cpu, { own: hit, bare, atMost: null }),
        addedRow('hand-made middleware on Express', cpu, { own: handMade, bare, atMost: null }),
      ]);
    },
  },
  frameworkBenchmark('fastify', {
    title: 'Fastify',
    atMost: 1.15,
    hookTitle: 'bare onRequest hook and writeHead hook on Fastify',
  }),
  frameworkBenchmark('hono', {
    title: 'Hono',
    atMost: 1.35,
    hookTitle: 'bare middleware on Hono',
  }),
];

function frameworkBenchmark(
  framework: 'fastify' | 'hono',
  { title, atMost, hookTitle }: { title: string; atMost: number; hookTitle: string },
): Benchmark {
  const { bare, hook, hit } = casesOf(framework);
  return {
    name: framework,
    run: (surroundings) =>
      runCases(surroundings, [bare, hook, hit], (cpu) => [
        timesRow(`hit on ${title}`, cpu, { own: hit, bare, atMost }),
        timesRow(hookTitle, cpu, { own: hook, bare, atMost: null }),
      ]),
  };
}

async function runCases(
  surroundings: Surroundings,
  cases: readonly Case[],
  rowsOf: (cpu: CpuOf) => readonly Row[],
): Promise<readonly Row[]> {
  const plan = surroundings.isQuick ? quickPlan : fullPlan;
  const places = {
    folder: await ownFolder(surroundings),
    redisUrl: (await ownRedis(surroundings)).url,
  };
  const results = await measureSessionChecks(cases, plan, { ...surroundings, places });
  return rowsOf((one) => (results.get(one) ?? []).map(({ cpuMicros }: Measured) => cpuMicros));
}

function timesRow(name: string, cpu: CpuOf, { own, bare, atMost }: Comparison): Row {
  const raw = { [own.name]: cpu(own), [bare.name]: cpu(bare) };
  const metric = `CPU per request, times ${bare.session === 'none' ? 'bare ' : ''}${bare.name}`;
  const heading = { case: name, metric, unit: 'ratio', atMost };
  return rowOf(heading, ratios(cpu(own), cpu(bare)), raw);
}

function addedRow(name: string, cpu: CpuOf, { own, bare, atMost }: Comparison): Row {
  const raw = { [own.name]: cpu(own), [bare.name]: cpu(bare) };
  const heading = { case: name, metric: 'added CPU per request', unit: 'us', atMost };
  return rowOf(heading, differences(cpu(own), cpu(bare)), raw);
}

/** What ours adds, times the middle round of what the hand-made middleware adds: that is too little to divide round by round. */
function timesAddedRow(name: string, cpu: CpuOf, atMost: number): Row {
  const { bare, handMade, hit } = expressInTurn;
  const { median } = spreadOf(differences(cpu(handMade), cpu(bare)));
  const times = differences(cpu(hit), cpu(bare)).map((added) => added / median);
  const raw = { [hit.name]: cpu(hit), [handMade.name]: cpu(handMade), [bare.name]: cpu(bare) };
  const metric = `added CPU, times that of the ${handMade.name}`;
  return rowOf({ case: name, metric, unit: 'ratio', atMost }, times, raw);
}

/** What ours adds to the bare framework, as a share of what express-session adds in the same round. */
function shareRow(name: string, cpu: CpuOf, { own, bare, atMost }: Comparison): Row {
  const added = (one: Case): number[] => differences(cpu(one), cpu(bare));
  const raw = {
    [own.name]: cpu(own),
    [bare.name]: cpu(bare),
    [expressSession.name]: cpu(expressSession),
  };
  const metric = `added CPU, times that of ${expressSession.name}`;
  const heading = { case: name, metric, unit: 'ratio', atMost };
  return rowOf(heading, ratios(added(own), added(expressSession)), raw);
}
