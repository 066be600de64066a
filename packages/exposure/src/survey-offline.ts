import { chainLimit, worstBranch } from './dns/chain.ts';
import { parentOf, rewriteSuffix } from './dns/name.ts';
import type { AbsentName, Hop, HostSurvey, Outcome, Source } from './host-survey.ts';
import type { InputRecords } from './inputs/dns-record.ts';
import { indexZones, type ZoneIndex, type ZoneNode } from './zone-index.ts';

/** What a run without queries cannot see, and for how many names that matters. */
export interface Unseen {
  readonly what: 'flattened-aliases' | 'dangling-targets' | 'addresses' | 'delegated-zones';
  readonly count: number;
  /** A sentence for people. */
  readonly message: string;
}

export interface OfflineSurvey {
  readonly hosts: readonly HostSurvey[];
  /** Names of lists and logs that hold nothing according to a complete zone. */
  readonly absent: readonly AbsentName[];
  readonly unseen: readonly Unseen[];
}

const noHops: readonly Hop[] = [];
/** Hops kept for one host whose records branch (weighted CNAMEs, several aliases). */
const hopLimit = 100;

/**
 * Surveys what the inputs alone say, with zero queries: chains inside the known zones are followed (CNAME, DNAME, alias,
 * wildcards by RFC 4592), a chain that leaves them ends `unasked`. What a DNAME at `d` covers is one survey named `*.d`
 * whose hop points at the DNAME's target. Duplicate names are surveyed once.
 */
export function surveyOffline(
  inputs: Pick<InputRecords, 'records' | 'names' | 'zones'>,
): OfflineSurvey {
  const index = indexZones(inputs);
  const hosts: HostSurvey[] = [];
  const absent: AbsentName[] = [];
  for (const [name, source] of index.hostNames()) {
    const survey = surveyKnown(index, name, source);
    const nothing = absenceOf(survey);
    if (nothing === null) hosts.push(survey);
    else absent.push(nothing);
  }
  return { hosts, absent, unseen: unseenIn(hosts, inputs) };
}

/** The survey as an absent name, where it holds nothing that could receive; else null. */
export function absenceOf(survey: HostSurvey): AbsentName | null {
  const { name, outcome, source } = survey;
  const holds = survey.chain.length + survey.addresses.length > 0 || survey.delegation !== null;
  if (holds || (outcome !== 'nxdomain' && outcome !== 'nodata')) return null;
  return { name, outcome, source };
}

/** What the records say about one name. */
export function surveyKnown(index: ZoneIndex, name: string, source: Source): HostSurvey {
  const exact = index.node(name);
  const isPlain = exact !== null && isPlainAddress(exact) && index.dnameAbove(name) === null;
  // Most names of a large zone have addresses and nothing else: no walk.
  const walk = isPlain ? null : walkFrom(index, name);
  const via = index.exists(name) ? null : wildcardFor(index, name);
  const own = exact ?? via?.node;
  return {
    name,
    wildcard: name.startsWith('*.'),
    chain: walk?.chain ?? noHops,
    addresses: walk === null ? (exact?.addresses ?? []) : [...walk.addresses],
    delegation: index.delegationOf(name),
    outcome: walk === null ? 'resolved' : worstBranch(walk.outcomes),
    proxied: own?.proxied === true,
    source,
    ...(via === null || index.dnameAbove(name) !== null ? {} : { viaWildcard: via.name }),
  };
}

interface Walk {
  readonly index: ZoneIndex;
  readonly chain: Hop[];
  readonly addresses: Set<string>;
  readonly outcomes: Outcome[];
  readonly visited: Set<string>;
}

function walkFrom(index: ZoneIndex, name: string): Walk {
  const walk: Walk = {
    index,
    chain: [],
    addresses: new Set(),
    outcomes: [],
    visited: new Set(),
  };
  visit(walk, name, []);
  return walk;
}

function isPlainAddress(node: ZoneNode): boolean {
  const { addresses, cnames, aliases, https, svcb } = node;
  return addresses.length > 0 && cnames.length + aliases.length + https.length + svcb.length === 0;
}

/** Follows every branch from `name`, depth first. `path`: the names on the way to it. */
function visit(walk: Walk, name: string, path: readonly string[]): void {
  if (path.includes(name)) {
    end(walk, 'loop');
    return;
  }
  if (path.length > chainLimit || walk.chain.length >= hopLimit) {
    end(walk, 'too-long');
    return;
  }
  // Two branches may meet: what follows is counted once.
  if (walk.visited.has(name)) return;
  walk.visited.add(name);
  const step = stepFrom(walk.index, name);
  for (const address of step.addresses) walk.addresses.add(address);
  if (step.outcome !== null) end(walk, step.outcome);
  for (const { hop, next } of step.hops) {
    walk.chain.push(hop);
    visit(walk, next, [...path, name]);
  }
}

function end(walk: Walk, outcome: Outcome): void {
  walk.outcomes.push(outcome);
}

interface Step {
  readonly hops: readonly { readonly hop: Hop; readonly next: string }[];
  readonly addresses: readonly string[];
  /** How it ends here; null where it only goes on. */
  readonly outcome: Outcome | null;
}

function stepFrom(index: ZoneIndex, name: string): Step {
  const dname = index.dnameAbove(name);
  if (dname !== null) return dnameStep(name, dname);
  const node = index.node(name);
  if (node !== null) return nodeStep(index, name, node);
  const zone = index.apexOf(name);
  const cut = index.delegationOf(name);
  // Below a cut the parent's file says nothing, unless the zone below is known too.
  const isKnown = zone?.complete === true && (cut === null || cut.zone.length <= zone.apex.length);
  if (index.exists(name)) return stop(isKnown ? 'nodata' : 'unasked');
  const wildcard = wildcardFor(index, name);
  if (wildcard !== null) return nodeStep(index, name, wildcard.node);
  return stop(isKnown ? 'nxdomain' : 'unasked');
}

function dnameStep(name: string, dname: { readonly owner: string; readonly to: string }): Step {
  const isSubtree = name === `*.${dname.owner}`;
  const next = rewriteSuffix(name, dname.owner, dname.to);
  const to = isSubtree ? dname.to : next;
  if (next === null || to === null) return stop('nodata');
  const hop: Hop = { kind: 'dname', from: name, to };
  // Which names a subtree elsewhere has, its own zone alone knows.
  if (isSubtree) return { hops: [{ hop, next }], addresses: [], outcome: 'unasked' };
  return { hops: [{ hop, next }], addresses: [], outcome: null };
}

function nodeStep(index: ZoneIndex, name: string, node: ZoneNode): Step {
  const hops = [
    ...node.cnames.map((to) => ({ hop: { kind: 'cname' as const, from: name, to }, next: to })),
    // One export may show as an alias what another shows as a CNAME.
    ...node.aliases
      .filter((to) => !node.cnames.includes(to))
      .map((to) => ({ hop: { kind: 'alias' as const, from: name, to }, next: to })),
    ...node.https.map((to) => ({ hop: { kind: 'https' as const, from: name, to }, next: to })),
    ...node.svcb.map((to) => ({ hop: { kind: 'svcb' as const, from: name, to }, next: to })),
  ];
  if (node.addresses.length > 0) return { hops, addresses: node.addresses, outcome: 'resolved' };
  if (hops.length > 0) return { hops, addresses: [], outcome: null };
  const isCut = node.servers.length > 0 && index.delegationOf(name)?.zone === name;
  return stop(isCut && index.apexOf(name)?.apex !== name ? 'unasked' : 'nodata');
}

function stop(outcome: Outcome): Step {
  return { hops: [], addresses: [], outcome };
}

/** The wildcard that answers for a name without records: that of its closest encloser (RFC 4592 s.3.3.1). */
function wildcardFor(index: ZoneIndex, name: string): { name: string; node: ZoneNode } | null {
  for (let at = parentOf(name); at !== null && at !== '.'; at = parentOf(at)) {
    if (!index.exists(at)) continue;
    const node = index.node(`*.${at}`);
    return node === null ? null : { name: `*.${at}`, node };
  }
  return null;
}

function unseenIn(
  hosts: readonly HostSurvey[],
  inputs: Pick<InputRecords, 'records'>,
): readonly Unseen[] {
  const leaving = hosts.filter((host) => host.outcome === 'unasked');
  const pointing = leaving.filter((host) => host.chain.length > 0).length;
  const zones = new Set(hosts.flatMap((host) => host.delegation?.zone ?? [])).size;
  const others: readonly Unseen[] = [
    {
      what: 'dangling-targets',
      count: pointing,
      message: 'Whether the targets outside the known zones still exist was not asked.',
    },
    {
      what: 'addresses',
      count: leaving.length,
      message: 'The addresses behind names that leave the known zones were not asked.',
    },
    {
      what: 'delegated-zones',
      count: zones,
      message: 'The names inside delegated zones are not in these inputs.',
    },
  ];
  return [...flattenedIn(hosts, inputs), ...others.filter((one) => one.count > 0)];
}

/** Names that could be flattened aliases, unless an input is an export that shows such. No question in DNS tells. */
export function flattenedIn(
  hosts: readonly HostSurvey[],
  inputs: Pick<InputRecords, 'records'>,
): readonly Unseen[] {
  if (inputs.records.some((record) => record.type === 'ALIAS' || record.proxied)) return [];
  const addressed = hosts.filter((host) => host.chain.length === 0 && host.addresses.length > 0);
  const message =
    'Names with addresses may be aliases that the DNS provider flattens; only its export shows them.';
  const count = addressed.length;
  return count === 0 ? [] : [{ what: 'flattened-aliases', count, message }];
}
