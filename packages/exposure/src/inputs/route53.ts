import type { InputRecords } from './dns-record.ts';
import type { ExportFile, ExportFormat } from './export-format.ts';
import { type ExportReading, readExport } from './export-records.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from './json-shape.ts';
import { mergeInputs } from './merge-inputs.ts';

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
  read(files) {
    const starts = new Set(files.flatMap(({ objects }) => objects.flatMap(startOf)));
    return mergeInputs(files.map((file) => readFile(file, starts)));
  },
};

function readFile({ file, objects }: ExportFile, starts: ReadonlySet<string>): InputRecords {
  const reading = readExport(file);
  for (const page of objects) {
    const sets = objectsOf(page['ResourceRecordSets']);
    for (const set of sets) addSet(reading, set);
    if (page['IsTruncated'] !== true) continue;
    const next = `${textOf(page['NextRecordName'])} ${textOf(page['NextRecordType'])}`;
    // A page that another begins where it ends is not missing; the last of one file neither.
    if (!starts.has(next) && page === objects.at(-1)) {
      reading.fail(
        'incomplete',
        'The answer is truncated (IsTruncated): the pages after it are missing.',
      );
    }
  }
  return reading.done();
}

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
  // Traffic policies have neither: their record lies with the policy.
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
