import { randomBytes } from 'node:crypto';
import { getDomain } from 'tldts';
import { findDelegation, mergeDelegations } from './dns/delegations.ts';
import { type AliasesOf, type Walked, walkLive } from './dns/live-walk.ts';
import { createLookups, type Lookups } from './dns/lookups.ts';
import { isAtOrBelow, parentOf } from './dns/name.ts';
import { openResolver, type ResolverOptions } from './dns/resolver.ts';
import type { AbsentName, Hop, HostSurvey, Source } from './host-survey.ts';
import type { InputRecords } from './inputs/dns-record.ts';
import { absenceOf, flattenedIn, surveyKnown, type Unseen } from './survey-offline.ts';
import { indexZones, type ZoneIndex } from './zone-index.ts';

export interface LiveOptions extends ResolverOptions {
  /** Called after each name, with the number of names done and of all names. */
  readonly onProgress?: (done: number, total: number) => void;
  /** A label that no zone has, to find wildcards with. Default: 20 random hexadecimal digits. */
  readonly probeLabel?: () => string;
}

/** A name for which the records and the resolver say different things: split horizon, or an old export. */
export interface ViewDifference {
  readonly name: string;
  /** `absent`: the resolver knows no such host. `other-target`: it points elsewhere. */
  readonly what: 'absent' | 'other-target';
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
const NAMES_AT_ONCE = 256;

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
  const run = createRun(indexZones(inputs), lookups, options);
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
    // Upper levels first: what answers below is compared with what answers above.
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

interface Run {
  readonly index: ZoneIndex;
  readonly lookups: Lookups;
  readonly probeLabel: () => string;
  readonly aliasesOf: AliasesOf;
  /** By level: what a random label below it brought. */
  readonly probes: Map<string, HostSurvey>;
  /** By parent: the registrable domain of the names right below it. */
  readonly siteBelow: Map<string, string>;
  readonly hosts: HostSurvey[];
  readonly absent: AbsentName[];
  readonly differences: ViewDifference[];
}

function createRun(index: ZoneIndex, lookups: Lookups, options: LiveOptions): Run {
  return {
    index,
    lookups,
    probeLabel: options.probeLabel ?? (() => randomBytes(10).toString('hex')),
    aliasesOf: (name) => index.node(name)?.aliases ?? [],
    probes: new Map(),
    siteBelow: new Map(),
    hosts: [],
    absent: [],
    differences: [],
  };
}

/** The zone below which names can be delegated away: a zone of the inputs, or else the registrable domain. */
function familyZoneOf(run: Run, name: string): string | null {
  const known = run.index.familyZoneOf(name);
  if (known !== null) return known;
  const bare = name.startsWith('*.') ? name.slice(2) : name;
  const parent = parentOf(bare) ?? '.';
  // Siblings share it: the suffix list is asked once for thousands of names.
  const found = run.siteBelow.get(parent);
  if (found !== undefined) return found;
  const site = getDomain(bare, { allowPrivateDomains: true, validateHostname: false });
  if (site !== null && isAtOrBelow(parent, site)) run.siteBelow.set(parent, site);
  return site;
}

/** Every level at which a wildcard could answer for one of the names, upper levels first. */
function levelsOf(run: Run, names: Iterable<string>): readonly string[] {
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

async function probe(run: Run, level: string): Promise<void> {
  const survey = await surveyWildcard(run, `*.${level}`, null);
  if (survey !== null && absenceOf(survey) === null) run.probes.set(level, survey);
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
  const survey = await surveyOf(run, name, name, walked, source);
  const via = run.index.exists(name) ? null : wildcardBehind(run, survey);
  return via === null ? survey : { ...survey, viaWildcard: via };
}

/** Asks for a random label and tells what comes back as the wildcard's. */
async function surveyWildcard(
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
  const survey = await surveyOf(run, wildcard, level, { ...walked, chain }, source);
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

async function surveyOf(
  run: Run,
  name: string,
  asked: string,
  walked: Walked,
  source: Source | null,
): Promise<HostSurvey> {
  const familyZone = familyZoneOf(run, name);
  const hasCname = walked.chain.length > 0;
  const { zone, referral } = walked;
  const seen =
    familyZone === null || asked === familyZone
      ? null
      : await findDelegation(run.lookups, { name: asked, familyZone, zone, referral, hasCname });
  return {
    name,
    wildcard: name.startsWith('*.'),
    chain: walked.chain,
    addresses: walked.addresses,
    delegation: mergeDelegations(run.index.delegationOf(name), seen),
    outcome: walked.outcome,
    proxied: run.index.node(name)?.proxied === true,
    source,
  };
}

/** The topmost wildcard whose answer a name without records of its own has: those below it only repeat it. */
function wildcardBehind(run: Run, survey: HostSurvey): string | null {
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
function addFoundWildcards(run: Run, names: ReadonlyMap<string, Source>): void {
  for (const [level, survey] of run.probes) {
    if (names.has(survey.name) || survey.chain.length + survey.addresses.length === 0) continue;
    const above = wildcardBehind(run, { ...survey, name: level });
    if (above === null) run.hosts.push(survey);
  }
}

/** Answers come in any order; reports of two runs must compare. Wildcards that were found stand last, by name. */
function sortAsAsked(hosts: HostSurvey[], names: ReadonlyMap<string, Source>): void {
  const places = new Map([...names.keys()].map((name, at) => [name, at]));
  const placeOf = ({ name }: HostSurvey): number => places.get(name) ?? places.size;
  hosts.sort((one, other) => placeOf(one) - placeOf(other) || (one.name < other.name ? -1 : 1));
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
  await Promise.all(Array.from({ length: Math.min(NAMES_AT_ONCE, items.length) }, work));
}
