import { differences, ratios, rounded, type Spread, spreadOf } from '../figures.ts';
import type { Row } from '../results.ts';
import { bare, type Case } from './cases.ts';
import type { CaseResult } from './run.ts';

/** The rows of a run: the cost of each case against bare node:http and its bare framework, then the peers' added cost. */
export function rowsOf(results: readonly CaseResult[]): Row[] {
  const cpuOf = (name: string): readonly number[] => {
    const found = results.find(({ one }) => one.name === name);
    return found?.rounds.map(({ cpuMicros }) => rounded(cpuMicros, 2)) ?? [];
  };
  const all = results.map(({ one }) => one);
  const against = (one: Case, reference: string, goal: number | null): Row =>
    ratioRow(one.name, `CPU per request, times ${reference}`, goal, {
      [one.name]: cpuOf(one.name),
      [reference]: cpuOf(reference),
    });
  return [
    ...all.filter(({ name }) => name !== bare).map((one) => against(one, bare, one.goal)),
    ...all
      .filter(({ session, framework }) => session !== 'none' && framework !== bare)
      .map((one) => against(one, one.framework, null)),
    addedOnExpress(cpuOf),
  ];
}

/** What our session adds to Express, as a share of what express-session adds. */
function addedOnExpress(cpuOf: (name: string) => readonly number[]): Row {
  const [ours, peer] = ['express, Redis', 'express, express-session + connect-redis'] as const;
  const added = (name: string): number[] =>
    differences(cpuOf(name), cpuOf('express')).map((value) => rounded(value, 2));
  const metric = `added CPU per request, times that of ${peer}`;
  return ratioRow(ours, metric, null, { [ours]: added(ours), [peer]: added(peer) });
}

function ratioRow(
  name: string,
  metric: string,
  goal: number | null,
  raw: Readonly<Record<string, readonly number[]>>,
): Row {
  const [own = [], reference = []] = Object.values(raw);
  const value = rounded(spreadOf(ratios(own, reference)).median, 2);
  return {
    case: name,
    metric,
    value,
    unit: 'ratio',
    goal: goal === null ? null : `<= ${goal}`,
    met: goal === null ? null : value <= goal,
    raw,
  };
}

/** The table that is printed. */
export function tableOf(results: readonly CaseResult[]): string[][] {
  const cpu = (name: string): number[] =>
    results.find(({ one }) => one.name === name)?.rounds.map(({ cpuMicros }) => cpuMicros) ?? [];
  const head = ['GET /me', 'CPU us', '', 'added us', 'x node:http', '', 'x framework', 'req/s'];
  const lines = results.map(({ one, rounds }) => {
    const own = cpu(one.name);
    const micros = spreadOf(own);
    const times = spreadOf(ratios(own, cpu(bare)));
    const framework = spreadOf(ratios(own, cpu(one.framework)));
    const added = spreadOf(differences(own, cpu(one.framework)));
    const perSecond = spreadOf(rounds.map((round) => round.perSecond));
    return [
      one.name,
      micros.median.toFixed(1),
      range(micros, 1),
      added.median.toFixed(1),
      times.median.toFixed(2),
      range(times, 2),
      framework.median.toFixed(2),
      perSecond.median.toFixed(0),
      goalText(one, times.median),
    ];
  });
  return [[...head, 'goal'], ...lines];
}

function range({ lowest, highest }: Spread, digits: number): string {
  return `${lowest.toFixed(digits)}-${highest.toFixed(digits)}`;
}

function goalText({ goal }: Case, value: number): string {
  if (goal === null) return '';
  return `<= ${goal} ${value <= goal ? 'met' : 'MISSED'}`;
}
