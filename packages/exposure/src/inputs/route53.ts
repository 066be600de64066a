import type { ExportFormat } from './export-format.ts';
import type { ExportReading } from './export-records.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from './json-shape.ts';

/** Types whose alias decides where a browser goes. */
const aliasedTypes: ReadonlySet<string> = new Set(['A', 'AAAA', 'CNAME', 'HTTPS']);

/**
 * The record sets of Route 53's `list-resource-record-sets` in JSON, in pages as separate files too. An `AliasTarget` becomes
 * a record of type ALIAS. Names and values have octal escapes (`\052` is `*`). Weighted and other routed sets give one record
 * for each of their targets; private zones and health are not told apart.
 */
export const route53: ExportFormat = {
  name: 'aws route53 list-resource-record-sets',
  matches: (objects) => objects.some((page) => Array.isArray(page['ResourceRecordSets'])),
  read(reading, { objects }, files) {
    for (const page of objects) {
      for (const set of objectsOf(page['ResourceRecordSets'])) addSet(reading, set);
    }
    // A page that another begins where it ends is not missing; the last of one file neither.
    const last = objects.at(-1);
    if (last?.['IsTruncated'] !== true) return;
    const starts = new Set(files.flatMap((file) => file.objects.flatMap(startOf)));
    const next = `${textOf(last['NextRecordName'])} ${textOf(last['NextRecordType'])}`;
    if (!starts.has(next)) {
      reading.fail(
        'incomplete',
        'The answer is truncated (IsTruncated): the pages after it are missing.',
      );
    }
  },
};

function startOf(page: JsonObject): readonly string[] {
  const [first] = objectsOf(page['ResourceRecordSets']);
  return first === undefined ? [] : [`${textOf(first['Name'])} ${textOf(first['Type'])}`];
}

function addSet(reading: ExportReading, set: JsonObject): void {
  const [name, type] = [textOf(set['Name']), textOf(set['Type'])];
  if (name === null || type === null) {
    reading.fail('bad-data', 'A record set without a usable Name and Type.');
    return;
  }
  const owner = readOctal(name);
  if (type === 'SOA') reading.addZone(owner.replace(/\.$/, '').toLowerCase(), true);
  const alias = objectOf(set['AliasTarget']);
  if (alias !== null) {
    if (!aliasedTypes.has(type)) return;
    const target = readOctal(textOf(alias['DNSName']) ?? '');
    reading.add({ owner, type: 'ALIAS', values: [target] });
    return;
  }
  const values = objectsOf(set['ResourceRecords']).map((one) =>
    readOctal(textOf(one['Value']) ?? ''),
  );
  // Traffic policies have neither: their record is with the policy.
  if (values.length === 0 && set['TrafficPolicyInstanceId'] !== undefined) {
    reading.fail(
      'bad-data',
      `${owner}: a traffic policy decides where it leads; the export does not say.`,
    );
    return;
  }
  reading.add({ owner, type, values });
}

/** Route 53 writes octets in octal, master files in decimal. */
function readOctal(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => {
    return `\\${String(Number.parseInt(octal, 8)).padStart(3, '0')}`;
  });
}
