import type { DnsRecord, InputRecords, KnownZone, NamedHost } from './dns-record.ts';

/**
 * Several inputs as one. Equal records and names are kept once, with the first source; a record is proxied when any
 * input says so; a zone is complete when any input has it complete.
 */
export function mergeInputs(inputs: readonly InputRecords[]): InputRecords {
  const [only] = inputs;
  if (only !== undefined && inputs.length === 1) return only;
  const records = new Map<string, DnsRecord>();
  const names = new Map<string, NamedHost>();
  const zones = new Map<string, KnownZone>();
  for (const input of inputs) {
    for (const record of input.records) addRecord(records, record);
    for (const one of input.names) if (!names.has(one.name)) names.set(one.name, one);
    for (const zone of input.zones) {
      if (zone.complete || !zones.has(zone.apex)) zones.set(zone.apex, zone);
    }
  }
  return {
    records: [...records.values()],
    names: [...names.values()],
    zones: [...zones.values()],
    errors: inputs.flatMap((input) => input.errors),
  };
}

function addRecord(records: Map<string, DnsRecord>, record: DnsRecord): void {
  const key = `${record.owner} ${record.type} ${record.value}`;
  const first = records.get(key);
  if (first === undefined) records.set(key, record);
  else if (record.proxied && !first.proxied) records.set(key, { ...first, proxied: true });
}
