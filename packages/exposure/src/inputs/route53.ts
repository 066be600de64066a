import { normalizeName } from '../dns/name.ts';
import type { DnsRecord, InputError, InputProblem, InputRecords } from './dns-record.ts';
import { elementsOf, objectOf, parseJson, textOf } from './json-shape.ts';
import { typeName } from './record-types.ts';
import { readData } from './zone-file-data.ts';

/** Types whose alias decides where a browser goes. */
const BROWSER_TYPES: ReadonlySet<string> = new Set(['A', 'AAAA', 'CNAME']);

/**
 * The records of Route 53's `list-resource-record-sets` in JSON: one answer, or an array of answers when it came in
 * pages. An `AliasTarget` becomes a record of type ALIAS. Names and values have octal escapes (`\052` is `*`).
 * Weighted and other routed sets give one record for each of their targets; private zones and health are not told apart.
 */
export function parseRoute53(text: string, file: string): InputRecords {
  const parsed = parseJson(text);
  const root = parsed.kind === 'json' ? parsed.value : null;
  const pages = (Array.isArray(root) ? root : [root]).map(objectOf);
  const errors: InputError[] = [];
  const fail = (reason: InputProblem, message: string): void => {
    errors.push({ file, line: 0, reason, message });
  };
  if (pages.length === 0 || pages.some((page) => !Array.isArray(page?.['ResourceRecordSets']))) {
    fail('bad-json', 'It is not the JSON of list-resource-record-sets: no ResourceRecordSets.');
    return { records: [], names: [], zones: [], errors };
  }
  if (pages.at(-1)?.['IsTruncated'] === true) {
    fail('incomplete', 'The answer is truncated (IsTruncated): the pages after it are missing.');
  }
  const sets = pages.flatMap((page) => elementsOf(page?.['ResourceRecordSets']));
  const records = sets.flatMap((set) => recordsOf(set, file, fail));
  const apexes = new Set(records.filter(({ type }) => type === 'SOA').map(({ owner }) => owner));
  const complete = errors.length === 0;
  const zones = [...apexes].map((apex) => ({ apex, complete, file, via: 'soa' as const }));
  return { records, names: [], zones, errors };
}

function recordsOf(
  value: unknown,
  file: string,
  fail: (reason: InputProblem, message: string) => void,
): readonly DnsRecord[] {
  const set = objectOf(value);
  const name = textOf(set?.['Name']);
  const type = textOf(set?.['Type']);
  const owner = name === null ? null : normalizeName(readOctal(name));
  if (set === null || type === null || owner?.kind !== 'name') {
    fail('bad-data', 'A record set without a usable Name and Type.');
    return [];
  }
  const base = { owner: owner.name, proxied: false, source: { file, line: 0 } };
  const alias = objectOf(set['AliasTarget']);
  if (alias !== null) {
    if (!BROWSER_TYPES.has(type)) return [];
    const target = normalizeName(readOctal(textOf(alias['DNSName']) ?? ''));
    if (target.kind === 'name') return [{ ...base, type: 'ALIAS', value: target.name }];
    fail('bad-name', `The AliasTarget of ${owner.name} has no usable DNSName.`);
    return [];
  }
  return elementsOf(set['ResourceRecords']).flatMap((one) => {
    const written = readOctal(textOf(objectOf(one)?.['Value']) ?? '');
    const known = typeName(type);
    const data = readData(known, written === '' ? [] : [{ text: written, quoted: false }], '.');
    if (data.kind === 'value') return [{ ...base, type: known, value: data.value }];
    fail(data.reason, `${owner.name}: ${data.message}`);
    return [];
  });
}

/** Route 53 writes octets in octal, master files in decimal. */
function readOctal(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => {
    return `\\${String(Number.parseInt(octal, 8)).padStart(3, '0')}`;
  });
}
