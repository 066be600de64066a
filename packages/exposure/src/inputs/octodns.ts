import type { ExportFormat } from './export-format.ts';
import { type ExportReading, wholeName } from './export-records.ts';
import { firstText, type JsonObject, objectOf, objectsOf, textOf, textsOf } from './json-shape.ts';

/**
 * A zone of octoDNS: names below the zone, each with one record or several. The zone is that of the caller or of the file's
 * name. Geographic and dynamic records give one record for each target; `octodns.cloudflare.proxied` is kept.
 */
export const octodns: ExportFormat = {
  name: "octoDNS (a zone's YAML)",
  matches: (objects) => objects.some((one) => Object.values(one).some(isEntry)),
  read(reading, { objects, origin }) {
    if (origin === null) {
      reading.fail('bad-name', 'Neither the name of the file nor --origin says which zone it is.');
      return;
    }
    reading.addZone(origin, false);
    for (const [name, entry] of objects.flatMap((one) => Object.entries(one))) {
      for (const record of recordsIn(entry)) addRecord(reading, record, { name, zone: origin });
    }
  },
};

function isEntry(value: unknown): boolean {
  return recordsIn(value).some((record) => {
    const isValued = ['value', 'values', 'dynamic', 'geo'].some((name) => name in record);
    return typeof record['type'] === 'string' && isValued;
  });
}

function recordsIn(value: unknown): readonly JsonObject[] {
  const one = objectOf(value);
  return one === null ? objectsOf(value) : [one];
}

function addRecord(
  reading: ExportReading,
  record: JsonObject,
  { name, zone }: Readonly<Record<'name' | 'zone', string>>,
): void {
  const owner = wholeName(name, zone);
  const type = textOf(record['type']);
  if (owner === null || type === null) {
    reading.fail('bad-data', `${name.slice(0, 100)}: a record without a type.`);
    return;
  }
  const settings = objectOf(objectOf(record['octodns'])?.['cloudflare']);
  const proxied = String(settings?.['proxied']).toLowerCase() === 'true';
  // A redirect that the provider serves itself: who that is, DNS tells.
  if (/^URLFWD$|\/.*(?:URLFWD|REDIRECT)/i.test(type)) reading.addName(owner);
  else if (/\/ALIAS$/i.test(type)) {
    const values = targetsOf(record).map((target) => wholeName(target, zone) ?? target);
    reading.add({ owner, type: 'ALIAS', values, zone });
  } else reading.add({ owner, type, values: targetsOf(record), proxied, zone });
}

function targetsOf(record: JsonObject): readonly string[] {
  const { value, values, geo, dynamic } = record;
  const pools = objectOf(objectOf(dynamic)?.['pools']) ?? {};
  const pooled = Object.values(pools).flatMap((pool) => objectsOf(objectOf(pool)?.['values']));
  const found = [value, values, ...Object.values(objectOf(geo) ?? {}), pooled].flatMap(targetsIn);
  return [...new Set(found)];
}

function targetsIn(value: unknown): readonly string[] {
  const texts = textsOf(value);
  if (texts.length > 0) return texts;
  return recordsIn(value).flatMap((one) => {
    const service = firstText(one, ['targetname']);
    if (service !== null) return [`${textOf(one['svcpriority']) ?? '1'} ${service}`];
    return firstText(one, ['value', 'name', 'target']) ?? [];
  });
}
