import { getDomain } from 'tldts';
import { normalizeName } from '../dns/name.ts';
import type { DnsRecord, InputError, InputProblem, InputRecords, KnownZone } from './dns-record.ts';
import { elementsOf, objectOf, parseJson, textOf } from './json-shape.ts';
import { typeName } from './record-types.ts';
import { parseZoneFile } from './zone-file.ts';
import { readData } from './zone-file-data.ts';

/**
 * The records of a Cloudflare zone: the JSON of `GET /zones/:id/dns_records` (one answer, or an array of answers when it
 * came in pages) or the BIND export, told apart by the first character. A CNAME that is proxied or stands at the
 * zone's apex is invisible in DNS and becomes a record of type ALIAS; `proxied` is kept.
 */
export function parseCloudflare(text: string, file: string): InputRecords {
  if (!/^\uFEFF?\s*[[{]/.test(text)) return parseZoneFile(text, { file });
  const parsed = parseJson(text);
  const root = parsed.kind === 'json' ? parsed.value : null;
  const pages = (Array.isArray(root) ? root : [root]).map(objectOf);
  const errors: InputError[] = [];
  const fail = (reason: InputProblem, message: string): void => {
    errors.push({ file, line: 0, reason, message });
  };
  if (pages.length === 0 || pages.some((page) => !Array.isArray(page?.['result']))) {
    fail('bad-json', "It is not the JSON of Cloudflare's DNS records: no result.");
    return { records: [], names: [], zones: [], errors };
  }
  const results = pages.flatMap((page) => elementsOf(page?.['result']));
  const total = objectOf(pages[0]?.['result_info'])?.['total_count'];
  if (typeof total === 'number' && total > results.length) {
    fail('incomplete', `The zone has ${total} records and ${results.length} are here.`);
  }
  const counted = typeof total === 'number';
  const found = results.flatMap((result) => recordOf(result, file, fail));
  const zones = zonesOf(found, file, counted && errors.length === 0);
  return { records: found.map(({ record }) => record), names: [], zones, errors };
}

interface Found {
  readonly record: DnsRecord;
  /** From `zone_name`, which newer answers leave out; else the registrable domain. */
  readonly zone: string | null;
  readonly isNamed: boolean;
}

function recordOf(
  value: unknown,
  file: string,
  fail: (reason: InputProblem, message: string) => void,
): readonly Found[] {
  const one = objectOf(value);
  const owner = normalizeName(textOf(one?.['name']) ?? '');
  const type = textOf(one?.['type']);
  if (one === null || type === null || owner.kind !== 'name') {
    fail('bad-data', 'A record without a usable name and type.');
    return [];
  }
  const known = typeName(type);
  // Records of some types have their data in parts instead; none of those tells where a browser goes.
  const content = textOf(one['content']) ?? '-';
  const data = readData(known, [{ text: content, quoted: false }], '.');
  if (data.kind === 'problem') {
    fail(data.reason, `${owner.name}: ${data.message}`);
    return [];
  }
  const named = normalizeName(textOf(one['zone_name']) ?? '');
  const isNamed = named.kind === 'name';
  const zone = isNamed ? named.name : getDomain(owner.name, { allowPrivateDomains: true });
  const proxied = one['proxied'] === true;
  const isAlias = known === 'CNAME' && (proxied || owner.name === zone);
  const record: DnsRecord = {
    owner: owner.name,
    type: isAlias ? 'ALIAS' : known,
    value: data.value,
    proxied,
    source: { file, line: 0 },
  };
  return [{ record, zone, isNamed }];
}

function zonesOf(found: readonly Found[], file: string, isWhole: boolean): readonly KnownZone[] {
  const zones = new Map<string, KnownZone>();
  for (const { zone, isNamed } of found) {
    if (zone === null) continue;
    const via = isNamed ? 'export' : 'names';
    zones.set(zone, { apex: zone, complete: isWhole && isNamed, file, via });
  }
  return [...zones.values()];
}
