import { isAbsolute, normalizeName, parentOf } from '../dns/name.ts';
import { createSuffixes } from '../dns/suffixes.ts';
import { siteOf } from '../site.ts';
import type { DnsRecord, InputError, KnownZone } from './dns-record.ts';

/** An SOA as it was read. */
export interface Apex {
  readonly name: string;
  /** Its owner as the file writes it; null where the owner is that of the entry before. */
  readonly written: string | null;
  readonly via: 'soa' | 'file-name';
  readonly file: string;
  readonly line: number;
}

export interface SettledZones {
  readonly records: readonly DnsRecord[];
  readonly zones: readonly KnownZone[];
  readonly errors: readonly InputError[];
}

/**
 * The zones of a file by its SOAs. A zone that holds nothing else, while records are in no zone, is a slip of the pen
 * (`example.com SOA` without the final dot, below an origin): it is the zone that was written where the others are in that,
 * else an error. The root stands for the registrable domains of the records, as some providers write `$ORIGIN .`.
 */
export function settleZones(
  records: readonly DnsRecord[],
  apexes: readonly Apex[],
  complete: boolean,
): SettledZones {
  const errors: InputError[] = [];
  const zones: KnownZone[] = [];
  const meant = new Map<string, string>();
  const occupied = occupiedNames(records);
  const isStrayThere = hasStray(records, apexes);
  for (const apex of apexes) {
    const { name, file, via } = apex;
    const right = !isStrayThere || occupied.has(name) ? name : meantBy(occupied, apex);
    if (name === '.') zones.push(...zonesOfNames(records, complete));
    else if (right === null) errors.push(strayApex(apex));
    else zones.push({ apex: right, complete, file, via });
    if (right !== null && right !== name) meant.set(name, right);
  }
  if (meant.size === 0) return { records, zones, errors };
  return { records: records.map((record) => moved(record, meant)), zones, errors };
}

/** The zones of a file without SOA: the registrable domains of its names, of which it need not have all. */
export function zonesOfNames(
  records: readonly Pick<DnsRecord, 'owner' | 'source'>[],
  complete = false,
): readonly KnownZone[] {
  const zones = new Map<string, KnownZone>();
  for (const { owner, source } of records) {
    const apex = siteOf(owner.replace(/^\*\./, ''));
    if (apex === null || zones.has(apex)) continue;
    zones.set(apex, { apex, complete, file: source.file, via: 'names' });
  }
  return [...zones.values()];
}

/** Every name at or below which there is something that is not the SOA or NS of that name itself. */
function occupiedNames(records: readonly DnsRecord[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { owner, type } of records) {
    let at = type === 'SOA' || type === 'NS' ? parentOf(owner) : owner;
    while (at !== null && at !== '.' && !names.has(at)) {
      names.add(at);
      at = parentOf(at);
    }
  }
  return names;
}

/** Whether some record is in none of the zones. */
function hasStray(records: readonly DnsRecord[], apexes: readonly Apex[]): boolean {
  const zones = createSuffixes(apexes.map(({ name }) => name));
  return records.some(({ owner }) => zones.nearest(owner) === null);
}

function meantBy(occupied: ReadonlySet<string>, { written }: Apex): string | null {
  if (written === null || written === '@' || isAbsolute(written)) return null;
  const result = normalizeName(written);
  if (result.kind === 'invalid' || !result.name.includes('.')) return null;
  return occupied.has(result.name) ? result.name : null;
}

function moved(record: DnsRecord, meant: ReadonlyMap<string, string>): DnsRecord {
  const owner = meant.get(record.owner);
  return owner === undefined ? record : { ...record, owner };
}

function strayApex({ name, file, line }: Apex): InputError {
  const message = `The SOA names the zone ${name}, and no other record is in it: most likely the final dot of a name is missing.`;
  return { file, line, reason: 'bad-apex', message };
}
