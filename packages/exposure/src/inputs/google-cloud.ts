import type { ExportFormat } from './export-format.ts';
import { type ExportReading, routedValues } from './export-records.ts';
import { firstText, type JsonObject, objectsOf, textsOf } from './json-shape.ts';

/**
 * The record sets of `gcloud dns record-sets list` as YAML or JSON, and those of its API. Sets with a routing policy give one
 * record for each target. PowerDNS answers in nearly the same shape and is read too.
 */
export const googleCloud: ExportFormat = {
  name: 'gcloud dns record-sets list',
  matches: (objects) => objects.some((one) => setsOf(one).some(isRecordSet)),
  read(reading, { objects }) {
    for (const one of objects) {
      if (one['nextPageToken'] !== undefined) {
        reading.fail(
          'incomplete',
          'The answer has a nextPageToken: the pages after it are missing.',
        );
      }
      for (const set of setsOf(one)) addSet(reading, set);
    }
  },
};

function setsOf(one: JsonObject): readonly JsonObject[] {
  return Array.isArray(one['rrsets']) ? objectsOf(one['rrsets']) : [one];
}

function isRecordSet(set: JsonObject): boolean {
  const isTyped = typeof set['name'] === 'string' && typeof set['type'] === 'string';
  const isGoogles = set['kind'] === 'dns#resourceRecordSet' || Array.isArray(set['rrdatas']);
  return isTyped && (isGoogles || isPowerDns(set));
}

function isPowerDns(set: JsonObject): boolean {
  return objectsOf(set['records']).some((record) => typeof record['content'] === 'string');
}

function addSet(reading: ExportReading, set: JsonObject): void {
  const [owner, type] = [firstText(set, ['name']), firstText(set, ['type'])];
  if (owner === null || type === null) {
    reading.fail('bad-data', 'A record set without a usable name and type.');
    return;
  }
  if (type === 'SOA') reading.addZone(owner.replace(/\.$/, '').toLowerCase(), true);
  reading.add({ owner, type, values: valuesOf(set) });
}

function valuesOf(set: JsonObject): readonly string[] {
  const live = objectsOf(set['records']).filter((record) => record['disabled'] !== true);
  const ofPowerDns = live.flatMap((record) => textsOf(record['content']));
  return [...textsOf(set['rrdatas']), ...ofPowerDns, ...routedValues(set['routingPolicy'])];
}
