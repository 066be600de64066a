import { isBelow, isHostName, parentOf } from './dns/name.ts';
import type { Delegation, Source } from './host-survey.ts';
import type { DnsRecord, InputRecords } from './inputs/dns-record.ts';

/** What the inputs have at one owner. */
export interface ZoneNode {
  readonly addresses: readonly string[];
  readonly cnames: readonly string[];
  readonly aliases: readonly string[];
  readonly dname: string | null;
  readonly servers: readonly string[];
  readonly proxied: boolean;
  readonly source: Source;
}

/** The inputs by owner, for walking chains and for judging what exists. */
export interface ZoneIndex {
  node(name: string): ZoneNode | null;
  /** Whether the name has records or lies between the zone and a name that has (an empty non-terminal). */
  exists(name: string): boolean;
  /** The nearest family zone at or above the name. */
  apexOf(name: string): { readonly apex: string; readonly complete: boolean } | null;
  /** The topmost family zone at or above the name: what lies below it can be delegated away. */
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
  const dnames = new Map<string, string>();
  for (const [owner, node] of nodes) if (node.dname !== null) dnames.set(owner, node.dname);

  const apexOf = (name: string): { apex: string; complete: boolean } | null => {
    for (let at: string | null = name; at !== null; at = parentOf(at)) {
      const complete = zones.get(at);
      if (complete !== undefined) return { apex: at, complete };
    }
    return null;
  };
  const familyZoneOf = (name: string): string | null => topmost(zones, name);
  const index: ZoneIndex = {
    node: (name) => nodes.get(name) ?? null,
    exists: (name) => nodes.has(name) || parents.has(name),
    apexOf,
    familyZoneOf,
    delegationOf: (name) => delegationOf(nodes, familyZoneOf(name), name),
    dnameAbove: (name) => (dnames.size === 0 ? null : dnameAbove(dnames, name)),
    hostNames: () => hostNames(nodes, inputs, familyZoneOf),
  };
  return index;
}

function addRecord(nodes: Map<string, GrowingNode>, record: DnsRecord): void {
  let node = nodes.get(record.owner);
  if (node === undefined) {
    node = {
      addresses: NONE,
      cnames: NONE,
      aliases: NONE,
      dname: null,
      servers: NONE,
      proxied: false,
      source: record.source,
    };
    nodes.set(record.owner, node);
  }
  const { type, value } = record;
  // The line that sends the host somewhere is the one to show, not that of its TXT record.
  if (isEmpty(node) && TELLING.has(type)) node.source = record.source;
  if (record.proxied) node.proxied = true;
  if (type === 'A' || type === 'AAAA') node.addresses = addOnce(node.addresses, value);
  else if (type === 'CNAME') node.cnames = addOnce(node.cnames, value);
  else if (type === 'ALIAS') node.aliases = addOnce(node.aliases, value);
  else if (type === 'NS') node.servers = addOnce(node.servers, value);
  else if (type === 'DNAME') node.dname ??= value;
}

const TELLING: ReadonlySet<string> = new Set(['A', 'AAAA', 'CNAME', 'ALIAS', 'NS', 'DNAME']);

function isEmpty(node: GrowingNode): boolean {
  const { addresses, cnames, aliases, servers, dname } = node;
  const count = addresses.length + cnames.length + aliases.length + servers.length;
  return count === 0 && dname === null;
}

/** Shared by all nodes that have none: a hundred thousand empty lists are megabytes. */
const NONE: readonly string[] = [];
/** Values kept for one name and type: beyond that it is no zone but an attack on its reader. */
const VALUE_LIMIT = 1_000;

function addOnce(list: readonly string[], value: string): readonly string[] {
  if (list.length >= VALUE_LIMIT || list.includes(value)) return list;
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

function topmost(zones: ReadonlyMap<string, boolean>, name: string): string | null {
  let found: string | null = null;
  for (let at: string | null = name; at !== null; at = parentOf(at)) {
    if (zones.has(at)) found = at;
  }
  return found;
}

function delegationOf(
  nodes: ReadonlyMap<string, ZoneNode>,
  apex: string | null,
  name: string,
): Delegation | null {
  if (apex === null) return null;
  for (let at: string | null = name; at !== null && at !== apex; at = parentOf(at)) {
    const servers = nodes.get(at)?.servers ?? [];
    if (servers.length > 0) return { zone: at, servers };
  }
  return null;
}

function dnameAbove(
  dnames: ReadonlyMap<string, string>,
  name: string,
): { owner: string; to: string } | null {
  for (let at = parentOf(name); at !== null; at = parentOf(at)) {
    const to = dnames.get(at);
    if (to !== undefined) return { owner: at, to };
  }
  return null;
}

function hostNames(
  nodes: ReadonlyMap<string, ZoneNode>,
  inputs: Pick<InputRecords, 'names' | 'zones'>,
  familyZoneOf: (name: string) => string | null,
): ReadonlyMap<string, Source> {
  const hosts = new Map<string, Source>();
  const add = (name: string, source: Source): void => {
    if (isHostName(name) && !hosts.has(name)) hosts.set(name, source);
  };
  for (const [owner, node] of nodes) {
    const apex = familyZoneOf(owner);
    // Glue for name servers elsewhere is no host of the family.
    if (apex === null && inputs.zones.length > 0) continue;
    const answers = node.addresses.length + node.cnames.length + node.aliases.length > 0;
    const isCut = node.servers.length > 0 && apex !== null && isBelow(owner, apex);
    if (answers || isCut) add(owner, node.source);
    if (node.dname !== null) add(`*.${owner}`, node.source);
  }
  for (const { name, source } of inputs.names) add(name, source);
  return hosts;
}
