import { isBelow, isHostName, parentOf } from './dns/name.ts';
import { createSuffixes, type Suffixes } from './dns/suffixes.ts';
import type { Delegation, Source } from './host-survey.ts';
import type { DnsRecord, InputRecords } from './inputs/dns-record.ts';

/** What the inputs have at one owner. */
export interface ZoneNode {
  readonly addresses: readonly string[];
  readonly cnames: readonly string[];
  readonly aliases: readonly string[];
  /** Targets of HTTPS and SVCB records that are another name. */
  readonly https: readonly string[];
  readonly svcb: readonly string[];
  readonly dname: string | null;
  readonly servers: readonly string[];
  readonly proxied: boolean;
  readonly source: Source;
}

/** The inputs by owner, for walking chains and for judging what exists. */
export interface ZoneIndex {
  node(name: string): ZoneNode | null;
  /** Whether the name has records or is between the zone and a name that has (an empty non-terminal). */
  exists(name: string): boolean;
  /** The nearest family zone at or above the name. */
  apexOf(name: string): { readonly apex: string; readonly complete: boolean } | null;
  /** The topmost family zone at or above the name: what is below it can be delegated away. */
  familyZoneOf(name: string): string | null;
  /** The nearest delegation at or above the name, below the family's own zone. */
  delegationOf(name: string): Delegation | null;
  /** The nearest DNAME strictly above the name. */
  dnameAbove(name: string): { readonly owner: string; readonly to: string } | null;
  /** The names that can be hosts, with the place that says so; `*.d` for what a DNAME at `d` covers. */
  hostNames(): ReadonlyMap<string, Source>;
}

interface GrowingNode {
  addresses: readonly string[];
  cnames: readonly string[];
  aliases: readonly string[];
  https: readonly string[];
  svcb: readonly string[];
  dname: string | null;
  servers: readonly string[];
  proxied: boolean;
  source: Source;
}

/** Indexes records. The first source of a name is kept; equal values are kept once. */
export function indexZones(inputs: Pick<InputRecords, 'records' | 'names' | 'zones'>): ZoneIndex {
  const nodes = new Map<string, GrowingNode>();
  for (const record of inputs.records) addRecord(nodes, record);
  const parents = ancestorsOf(nodes.keys());
  const zones = new Map<string, boolean>();
  for (const { apex, complete } of inputs.zones) {
    zones.set(apex, complete || zones.get(apex) === true);
  }
  const apexes = createSuffixes(zones.keys());
  const dnames = createSuffixes(ownersWith(nodes, ({ dname }) => dname !== null));
  const cuts = createSuffixes(ownersWith(nodes, ({ servers }) => servers.length > 0));
  const nodeOf = (name: string): ZoneNode | null => nodes.get(name) ?? null;
  return {
    node: nodeOf,
    exists: (name) => nodes.has(name) || parents.has(name),
    apexOf: (name) => apexOf(zones, apexes, name),
    familyZoneOf: apexes.topmost,
    delegationOf(name) {
      const zone = delegatedZone(cuts, apexes, name);
      return zone === null ? null : { zone, servers: nodes.get(zone)?.servers ?? noNames };
    },
    dnameAbove: (name) => dnameAbove(nodeOf, dnames, name),
    hostNames: () => hostNames(nodes, inputs, apexes),
  };
}

function* ownersWith(
  nodes: ReadonlyMap<string, ZoneNode>,
  has: (node: ZoneNode) => boolean,
): Generator<string> {
  for (const [owner, node] of nodes) if (has(node)) yield owner;
}

/** An HTTPS record for another port stands at `_8443._https.` before the host (RFC 9460 s.9.1). */
const portPrefix = /^_\d{1,5}\._https\./;

function addRecord(nodes: Map<string, GrowingNode>, record: DnsRecord): void {
  const owner = record.type === 'HTTPS' ? record.owner.replace(portPrefix, '') : record.owner;
  let node = nodes.get(owner);
  if (node === undefined) {
    node = {
      addresses: noNames,
      cnames: noNames,
      aliases: noNames,
      https: noNames,
      svcb: noNames,
      dname: null,
      servers: noNames,
      proxied: false,
      source: record.source,
    };
    nodes.set(owner, node);
  }
  const { type, value } = record;
  // The line that sends the host somewhere is the one to show, not that of its TXT record.
  if (isEmpty(node) && tellingTypes.has(type)) node.source = record.source;
  if (record.proxied) node.proxied = true;
  if (type === 'A' || type === 'AAAA') node.addresses = addOnce(node.addresses, value);
  else if (type === 'CNAME') node.cnames = addOnce(node.cnames, value);
  else if (type === 'ALIAS') node.aliases = addOnce(node.aliases, value);
  else if (type === 'HTTPS') node.https = addTarget(node.https, owner, value);
  else if (type === 'SVCB') node.svcb = addTarget(node.svcb, owner, value);
  else if (type === 'NS') node.servers = addOnce(node.servers, value);
  else if (type === 'DNAME') node.dname ??= value;
}

const tellingTypes: ReadonlySet<string> = new Set([
  ...['A', 'AAAA', 'CNAME', 'ALIAS', 'NS', 'DNAME', 'HTTPS', 'SVCB'],
]);

function isEmpty(node: GrowingNode): boolean {
  return !answers(node) && node.servers.length === 0 && node.dname === null;
}

function answers({ addresses, cnames, aliases, https, svcb }: ZoneNode): boolean {
  return addresses.length + cnames.length + aliases.length + https.length + svcb.length > 0;
}

/** The root stands for the owner itself. */
function addTarget(list: readonly string[], owner: string, target: string): readonly string[] {
  return target === '.' || target === owner ? list : addOnce(list, target);
}

/** Shared by all nodes that have none: a hundred thousand empty lists are megabytes. */
const noNames: readonly string[] = [];
/** Values kept for one name and type: beyond that it is no zone but an attack on its reader. */
const valueLimit = 1_000;

function addOnce(list: readonly string[], value: string): readonly string[] {
  if (list.length >= valueLimit || list.includes(value)) return list;
  return list.length === 0 ? [value] : [...list, value];
}

/** All names above the owners. Stops at the first that is known, so each is met once. */
function ancestorsOf(owners: Iterable<string>): ReadonlySet<string> {
  const parents = new Set<string>();
  for (const owner of owners) {
    let at = parentOf(owner);
    while (at !== null && !parents.has(at)) {
      parents.add(at);
      at = parentOf(at);
    }
  }
  return parents;
}

function apexOf(
  zones: ReadonlyMap<string, boolean>,
  apexes: Suffixes,
  name: string,
): { apex: string; complete: boolean } | null {
  const apex = apexes.nearest(name);
  return apex === null ? null : { apex, complete: zones.get(apex) === true };
}

function delegatedZone(cuts: Suffixes, apexes: Suffixes, name: string): string | null {
  const zone = cuts.size === 0 ? null : cuts.nearest(name);
  const familyZone = zone === null ? null : apexes.topmost(name);
  // The NS records of the family's own zone, or of one above it, give nothing away.
  return zone !== null && familyZone !== null && isBelow(zone, familyZone) ? zone : null;
}

function dnameAbove(
  nodeOf: (name: string) => ZoneNode | null,
  dnames: Suffixes,
  name: string,
): { owner: string; to: string } | null {
  if (dnames.size === 0) return null;
  const parent = parentOf(name);
  const owner = parent === null ? null : dnames.nearest(parent);
  const to = owner === null ? null : (nodeOf(owner)?.dname ?? null);
  return owner === null || to === null ? null : { owner, to };
}

function hostNames(
  nodes: ReadonlyMap<string, ZoneNode>,
  inputs: Pick<InputRecords, 'names' | 'zones'>,
  apexes: Suffixes,
): ReadonlyMap<string, Source> {
  const hosts = new Map<string, Source>();
  const add = (name: string, source: Source): void => {
    if (isHostName(name) && !hosts.has(name)) hosts.set(name, source);
  };
  for (const [owner, node] of nodes) {
    const apex = apexes.topmost(owner);
    // Glue for name servers elsewhere is no host of the family.
    if (apex === null && inputs.zones.length > 0) continue;
    const isCut = node.servers.length > 0 && apex !== null && isBelow(owner, apex);
    if (answers(node) || isCut) add(owner, node.source);
    if (node.dname !== null) add(`*.${owner}`, node.source);
  }
  for (const { name, source } of inputs.names) add(name, source);
  return hosts;
}
