import { type AliasesOf, walkLive } from '../dns/live-walk.ts';
import { isAtOrBelow, parentOf } from '../dns/name.ts';
import type { Hop, HostSurvey, Source } from '../host-survey.ts';
import { absenceOf } from '../survey-offline.ts';
import { familyZoneOf, type Run, surveyOf } from './run.ts';

/** Every level at which a wildcard could answer for one of the names, upper levels first. */
export function levelsOf(run: Run, names: Iterable<string>): readonly string[] {
  const levels = new Set<string>();
  for (const name of names) {
    const zone = familyZoneOf(run, name);
    let at = parentOf(name);
    while (zone !== null && at !== null && isAtOrBelow(at, zone) && !levels.has(at)) {
      levels.add(at);
      at = parentOf(at);
    }
  }
  return [...levels].sort((one, other) => one.length - other.length);
}

/** Asks for a random label right below the level, and keeps what comes back. */
export async function probe(run: Run, level: string): Promise<void> {
  const survey = await surveyWildcard(run, `*.${level}`, null);
  if (survey !== null && absenceOf(survey) === null) run.probes.set(level, survey);
}

/** Asks for a random label and tells what comes back as the wildcard's. */
export async function surveyWildcard(
  run: Run,
  wildcard: string,
  source: Source | null,
): Promise<HostSurvey | null> {
  const level = wildcard.slice(2);
  const label = run.probeLabel();
  const name = `${label}.${level}`;
  const aliasesOf: AliasesOf = (asked) => run.aliasesOf(asked === name ? wildcard : asked);
  const walked = await walkLive(run.lookups, name, aliasesOf);
  if (walked === null) return null;
  const [first] = walked.chain;
  const chain = walked.chain.map((hop) => asWildcard(hop, label));
  const survey = await surveyOf(
    run,
    { name: wildcard, asked: level, source },
    { ...walked, chain },
  );
  if (first?.kind !== 'dname' || walked.outcome !== 'nxdomain') return survey;
  // That a DNAME's target lacks a random name is no news; that the target itself is gone is.
  const [target] = await run.lookups.addresses(chain[0]?.to ?? '.', 'A');
  return { ...survey, outcome: target?.outcome === 'nxdomain' ? 'nxdomain' : 'unasked' };
}

function asWildcard(hop: Hop, label: string): Hop {
  const prefix = `${label}.`;
  const from = hop.from.startsWith(prefix) ? `*.${hop.from.slice(prefix.length)}` : hop.from;
  // A whole subtree goes to the DNAME's target, not to one name below it.
  const to = hop.to.startsWith(prefix) ? hop.to.slice(prefix.length) : hop.to;
  return { kind: hop.kind, from, to };
}

/** The topmost wildcard whose answer a name without records of its own has: those below it only repeat it. */
export function wildcardBehind(run: Run, survey: HostSurvey): string | null {
  let behind: string | null = null;
  for (let at = parentOf(survey.name); at !== null; at = parentOf(at)) {
    const found = run.probes.get(at);
    if (found === undefined) continue;
    if (!answersAlike(found, survey)) return behind;
    behind = found.name;
  }
  return behind;
}

function answersAlike(one: HostSurvey, other: HostSurvey): boolean {
  const [first, second] = [one.chain[0], other.chain[0]];
  if (first === undefined || second === undefined) {
    const shares = one.addresses.some((address) => other.addresses.includes(address));
    return first === second && shares;
  }
  return first.kind === second.kind && (first.to === second.to || first.kind === 'dname');
}

/** Adds wildcards that no input named; one that only repeats the level above it is that level's. */
export function addFoundWildcards(run: Run, names: ReadonlyMap<string, Source>): void {
  for (const [level, survey] of run.probes) {
    if (names.has(survey.name) || survey.chain.length + survey.addresses.length === 0) continue;
    const above = wildcardBehind(run, { ...survey, name: level });
    if (above === null) run.hosts.push(survey);
  }
}
