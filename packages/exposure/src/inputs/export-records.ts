import { normalizeName } from '../dns/name.ts';
import { siteOf } from '../site.ts';
import type {
  DnsRecord,
  InputError,
  InputProblem,
  InputRecords,
  KnownZone,
  NamedHost,
} from './dns-record.ts';
import { elementsOf, objectOf, textsOf } from './json-shape.ts';
import { isKnownType, typeName } from './record-types.ts';
import { readData } from './zone-file-data.ts';

/** One set of records as an export has it. */
export interface ExportedSet {
  readonly owner: string;
  readonly type: string;
  /** As a zone file would have them; names are whole, with or without the final dot. */
  readonly values: readonly string[];
  readonly proxied?: boolean;
  /** The zone that the export says it is of. */
  readonly zone?: string | null;
  readonly line?: number;
}

/** Collects what an export says. Nothing throws: what cannot be read is an error, and the rest is there all the same. */
export interface ExportReading {
  add(set: ExportedSet): void;
  /** A name of which no record is known. */
  addName(name: string, line?: number): void;
  addZone(apex: string, complete: boolean): void;
  fail(reason: InputProblem, message: string, line?: number): void;
  /** Everything, with the registrable domains of names whose zone was not said. */
  done(): InputRecords;
}

/** Types that decide where a browser goes; of all others the owner alone matters. */
const browserTypes: ReadonlySet<string> = new Set([
  ...['A', 'AAAA', 'CNAME', 'ALIAS', 'DNAME', 'NS', 'HTTPS', 'SVCB'],
]);
const errorLimit = 100;

export function readExport(file: string): ExportReading {
  const records: DnsRecord[] = [];
  const names = new Map<string, NamedHost>();
  const zones = new Map<string, KnownZone>();
  const errors: InputError[] = [];
  const fail = (reason: InputProblem, message: string, line = 0): void => {
    if (errors.length < errorLimit) errors.push({ file, line, reason, message });
  };
  const addZone = (apex: string, complete: boolean): void => {
    if (zones.get(apex)?.complete !== true)
      zones.set(apex, { apex, complete, file, via: 'export' });
  };
  return {
    fail,
    addZone,
    addName(name, line = 0) {
      if (!names.has(name)) names.set(name, { name, source: { file, line } });
    },
    add(set) {
      const zone = set.zone ?? null;
      if (zone !== null) addZone(zone, false);
      for (const result of recordsOf(set, file)) {
        if ('reason' in result) fail(result.reason, result.message, set.line);
        else records.push(result);
      }
    },
    done() {
      for (const { owner } of records) addSite(zones, owner, file);
      const complete = errors.length === 0;
      const settled = [...zones.values()].map((zone) => ({
        ...zone,
        complete: zone.complete && complete,
      }));
      return { records, names: [...names.values()], zones: settled, errors };
    },
  };
}

function addSite(zones: Map<string, KnownZone>, owner: string, file: string): void {
  const site = siteOf(owner.replace(/^\*\./, ''));
  if (site === null || zones.has(site)) return;
  const isBelowKnown = [...zones.keys()].some(
    (apex) => owner === apex || owner.endsWith(`.${apex}`),
  );
  if (!isBelowKnown) zones.set(site, { apex: site, complete: false, file, via: 'names' });
}

function recordsOf(
  { owner, type, values, proxied = false, zone = null, line = 0 }: ExportedSet,
  file: string,
): readonly (DnsRecord | { readonly reason: InputProblem; readonly message: string })[] {
  const name = normalizeName(owner.trim());
  if (name.kind === 'invalid') {
    return [{ reason: 'bad-name', message: `A record whose name is none: ${name.why}.` }];
  }
  const known = typeName(type.trim());
  if (!isKnownType(known)) {
    const message = `${name.name}: ${type.slice(0, 40)} is no type of DNS record.`;
    return [{ reason: 'unknown-type', message }];
  }
  const base = { owner: name.name, proxied, source: { file, line } };
  if (!browserTypes.has(known)) return [{ ...base, type: known, value: '-' }];
  if (values.length === 0) {
    return [{ reason: 'bad-data', message: `${name.name}: ${known} without a value.` }];
  }
  // Providers show neither a proxied CNAME nor one at the apex to those who ask: both are aliases.
  const isAlias = known === 'CNAME' && (proxied || name.name === zone);
  return values.map((value) => {
    const words = value
      .trim()
      .split(/\s+/)
      .map((text) => ({ text, quoted: false }));
    const data = readData(known, value.trim() === '' ? [] : words, '.');
    return data.kind === 'value'
      ? { ...base, type: isAlias ? 'ALIAS' : known, value: data.value }
      : { reason: data.reason, message: `${name.name}: ${data.message}` };
  });
}

/**
 * The whole name of what an export writes: with its final dot, in its zone already, or below it. `@` and nothing are the zone
 * itself. Where no zone is known a name of several labels is whole; null for any other.
 */
export function wholeName(written: string, zone: string | null): string | null {
  const name = written.trim().toLowerCase();
  if (name.endsWith('.') && name !== '.') return name.slice(0, -1);
  if (zone === null) return name.includes('.') ? name : null;
  if (name === '' || name === '@') return zone;
  return name === zone || name.endsWith(`.${zone}`) ? name : `${name}.${zone}`;
}

/** Google's targets of weighted, geographic and failover routing, at any depth: `wrr.items[].rrdatas`, `primaryBackup.…`. */
export function routedValues(policy: unknown, depth = 0): readonly string[] {
  if (depth > 8) return [];
  if (Array.isArray(policy))
    return elementsOf(policy).flatMap((one) => routedValues(one, depth + 1));
  const object = objectOf(policy);
  if (object === null) return [];
  return Object.entries(object).flatMap(([name, value]) => {
    if (name === 'rrdatas' || name === 'ipAddress') return textsOf(value);
    return routedValues(value, depth + 1);
  });
}
