import { walkLive } from './dns/live-walk.ts';
import { createLookups } from './dns/lookups.ts';
import { openResolver, type ResolverOptions } from './dns/resolver.ts';
import type { AbsentName, HostSurvey, Source } from './host-survey.ts';
import type { InputRecords } from './inputs/dns-record.ts';
import { createRun, type Run, surveyOf, type ViewDifference } from './live/run.ts';
import {
  addFoundWildcards,
  levelsOf,
  probe,
  surveyWildcard,
  wildcardBehind,
} from './live/wildcards.ts';
import { absenceOf, flattenedIn, surveyKnown, type Unseen } from './survey-offline.ts';
import { indexZones } from './zone-index.ts';

export interface LiveOptions extends ResolverOptions {
  /** Called after each name, with the number of names done and of all names. */
  readonly onProgress?: (done: number, total: number) => void;
  /** A label that no zone has, to find wildcards with. Default: 20 random hexadecimal digits. */
  readonly probeLabel?: () => string;
}

export type LiveSurvey =
  | {
      readonly kind: 'surveyed';
      readonly hosts: readonly HostSurvey[];
      /** Names that hold nothing that could receive. */
      readonly absent: readonly AbsentName[];
      readonly differences: readonly ViewDifference[];
      /** The servers that were asked: inside and outside views of a zone differ. */
      readonly servers: readonly string[];
      readonly queries: number;
      /** What resolving cannot show. */
      readonly unseen: readonly Unseen[];
      /** The run was aborted; `hosts` has what was finished. */
      readonly partial: boolean;
    }
  | { readonly kind: 'no-resolver'; readonly server: string };

/** Names under way at once; their queries wait for the resolver's own bound. */
const namesAtOnce = 256;

/**
 * Resolves every name that can be a host and reports what the servers say: each hop, addresses, nearest delegation, and
 * wildcards, found by a random label at every level above a name. Aliases that only an export shows are followed too. A
 * name whose records the resolver denies is reported as the records have it. An aborted signal ends the run with what
 * is finished. Never throws.
 */
export async function surveyLive(
  inputs: Pick<InputRecords, 'records' | 'names' | 'zones'>,
  options: LiveOptions = {},
): Promise<LiveSurvey> {
  const opened = await openResolver(options);
  if (opened.kind === 'unusable') return { kind: 'no-resolver', server: opened.server };
  const { resolver } = opened;
  const lookups = createLookups(resolver);
  const run = createRun(indexZones(inputs), lookups, options.probeLabel);
  try {
    const names = run.index.hostNames();
    const levels = levelsOf(run, names.keys());
    const total = names.size + levels.length;
    let done = 0;
    const step = (): void => {
      done += 1;
      options.onProgress?.(done, total);
    };
    const isOver = (): boolean => options.signal?.aborted === true;
    // Levels before hosts: a host is told apart from a wildcard by what answers beside it.
    await forEachBounded(levels, isOver, async (level) => {
      await probe(run, level);
      step();
    });
    await forEachBounded([...names], isOver, async ([name, source]) => {
      await surveyHost(run, name, source);
      step();
    });
    addFoundWildcards(run, names);
    sortAsAsked(run.hosts, names);
  } finally {
    resolver.close();
  }
  const { hosts, absent, differences } = run;
  const partial = options.signal?.aborted === true;
  const queries = lookups.count();
  const unseen = flattenedIn(hosts, inputs);
  return {
    kind: 'surveyed',
    hosts,
    absent,
    differences,
    unseen,
    servers: resolver.servers,
    queries,
    partial,
  };
}

async function surveyHost(run: Run, name: string, source: Source): Promise<void> {
  const seen = name.startsWith('*.')
    ? await surveyWildcard(run, name, source)
    : await surveyName(run, name, source);
  if (seen === null) return;
  const nothing = absenceOf(seen);
  if (nothing === null) run.hosts.push(withKnown(run, seen));
  else keepKnown(run, nothing, source);
}

/** A failed answer does not undo what the records say about the way to it. */
function withKnown(run: Run, seen: HostSurvey): HostSurvey {
  const { name, source } = seen;
  const node = run.index.node(name);
  const [first] = seen.chain;
  if (node !== null && first?.kind === 'cname' && !node.cnames.includes(first.to)) {
    if (!node.aliases.includes(first.to)) run.differences.push({ name, what: 'other-target' });
  }
  const hasFailed = ['servfail', 'refused', 'timeout'].includes(seen.outcome);
  if (!hasFailed || first !== undefined || node === null || source === null) return seen;
  return { ...seen, chain: surveyKnown(run.index, name, source).chain };
}

/** Records that the resolver denies are reported as they are: another view of the zone may serve them. */
function keepKnown(run: Run, nothing: AbsentName, source: Source): void {
  const { name } = nothing;
  const known = surveyKnown(run.index, name, source);
  const isKnown = run.index.node(name) !== null && absenceOf(known) === null;
  if (!isKnown) {
    run.absent.push(nothing);
    return;
  }
  run.hosts.push(known);
  run.differences.push({ name, what: 'absent' });
}

async function surveyName(run: Run, name: string, source: Source): Promise<HostSurvey | null> {
  const walked = await walkLive(run.lookups, name, run.aliasesOf);
  if (walked === null) return null;
  const survey = await surveyOf(run, { name, asked: name, source }, walked);
  const via = run.index.exists(name) ? null : wildcardBehind(run, survey);
  return via === null ? survey : { ...survey, viaWildcard: via };
}

/** Answers come in any order; reports of two runs must compare. Wildcards that were found stand last, by name. */
function sortAsAsked(hosts: HostSurvey[], names: ReadonlyMap<string, Source>): void {
  const places = new Map([...names.keys()].map((name, at) => [name, at]));
  const positionOf = ({ name }: HostSurvey): number => places.get(name) ?? places.size;
  hosts.sort(
    (one, other) => positionOf(one) - positionOf(other) || (one.name < other.name ? -1 : 1),
  );
}

async function forEachBounded<T>(
  items: readonly T[],
  isOver: () => boolean,
  act: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length && !isOver()) {
      const item = items[next];
      next += 1;
      if (item !== undefined) await act(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(namesAtOnce, items.length) }, work));
}
