import type { ExportFormat } from './export-format.ts';
import { type ExportReading, wholeName } from './export-records.ts';
import {
  firstText,
  type JsonObject,
  lowerNames,
  objectOf,
  objectsOf,
  textOf,
} from './json-shape.ts';

const recordType = /^microsoft\.network\/(?:private)?dnszones\/([a-z]+)$/i;
const zoneOfId = /\/(?:private)?dnszones\/([^/]+)/i;

/**
 * The record sets of `az network dns record-set list` as JSON, and those of its API and of the Resource Graph. A set that
 * points at a resource of Azure becomes a record of type ALIAS where the resource has a public name; of others the name of
 * the host is all that is known.
 */
export const azure: ExportFormat = {
  name: 'az network dns record-set list',
  matches: (objects) => objects.some((one) => setsOf(one).some((set) => typeOf(set) !== null)),
  read(reading, { objects, origin }) {
    for (const one of objects) {
      if (typeof one['nextLink'] === 'string') {
        reading.fail('incomplete', 'The answer has a nextLink: the pages after it are missing.');
      }
      for (const set of setsOf(one)) addSet(reading, set, origin);
    }
  },
};

function setsOf(one: JsonObject): readonly JsonObject[] {
  return Array.isArray(one['value']) ? objectsOf(one['value']) : [one];
}

function typeOf(set: JsonObject): string | null {
  return recordType.exec(textOf(set['type']) ?? '')?.[1]?.toUpperCase() ?? null;
}

function addSet(reading: ExportReading, set: JsonObject, origin: string | null): void {
  const type = typeOf(set);
  const parts = { ...lowerNames(set), ...lowerNames(objectOf(set['properties']) ?? {}) };
  const zone = zoneOfId.exec(textOf(set['id']) ?? '')?.[1]?.toLowerCase() ?? origin;
  const owner = firstText(parts, ['fqdn']) ?? wholeName(textOf(set['name']) ?? '', zone);
  if (type === null || owner === null) {
    reading.fail('bad-data', 'A record set of which the type or the zone is missing.');
    return;
  }
  if (type === 'SOA' && zone !== null) reading.addZone(zone, true);
  const values = valuesOf(parts);
  const target = firstText(objectOf(parts['targetresource']) ?? {}, ['id']);
  if (target === null || values.length > 0) {
    reading.add({ owner, type, values, zone });
    return;
  }
  const alias = publicNameOf(target);
  if (alias !== null) reading.add({ owner, type: 'ALIAS', values: [alias], zone });
  else reading.addName(owner.replace(/\.$/, '').toLowerCase());
}

function valuesOf(parts: JsonObject): readonly string[] {
  const of = (list: string, member: string): readonly string[] =>
    objectsOf(parts[list]).flatMap((one) => textOf(lowerNames(one)[member]) ?? []);
  const cname = firstText(lowerNames(objectOf(parts['cnamerecord']) ?? {}), ['cname']);
  return [
    ...of('arecords', 'ipv4address'),
    ...of('aaaarecords', 'ipv6address'),
    ...of('nsrecords', 'nsdname'),
    ...(cname === null ? [] : [cname]),
  ];
}

/** Public names of resources by the end of their id. */
const resourceNames: readonly (readonly [RegExp, (name: string) => string])[] = [
  [/\/trafficmanagerprofiles\/([^/]+)$/i, (name) => `${name}.trafficmanager.net`],
  [/\/profiles\/[^/]+\/afdendpoints\/([^/]+)$/i, (name) => `${name}.azurefd.net`],
  [/\/profiles\/[^/]+\/endpoints\/([^/]+)$/i, (name) => `${name}.azureedge.net`],
  [/\/frontdoors\/([^/]+)$/i, (name) => `${name}.azurefd.net`],
  [/\/staticsites\/([^/]+)$/i, (name) => `${name}.azurestaticapps.net`],
];
const otherSet = /\/(?:private)?dnszones\/([^/]+)\/[a-z]+\/([^/]+)$/i;

/** The name of a resource by its id, or null where it has none that everybody can look up. */
function publicNameOf(id: string): string | null {
  const set = otherSet.exec(id);
  const other = set === null ? null : wholeName(set[2] ?? '', (set[1] ?? '').toLowerCase());
  if (other !== null) return other;
  for (const [form, nameOf] of resourceNames) {
    const name = form.exec(id)?.[1];
    if (name !== undefined) return nameOf(name);
  }
  return null;
}
