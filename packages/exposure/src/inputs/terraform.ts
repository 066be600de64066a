import type { ExportFormat } from './export-format.ts';
import { type ExportReading, routedValues, wholeName } from './export-records.ts';
import { firstText, type JsonObject, objectOf, objectsOf, textOf, textsOf } from './json-shape.ts';

/** A resource of a state, wherever it is. */
interface Resource {
  readonly address: string;
  readonly type: string;
  readonly isManaged: boolean;
  readonly values: JsonObject;
}

const recordResource = /_(?:records?|record_?set|rrset)$/;
const typedRecordResource = /_(a|aaaa|cname|ns|mx|txt|srv|caa|ptr|soa|alias|dname)_record$/;
const zoneResource =
  /^(?:aws_route53_zone|cloudflare_zone|google_dns_managed_zone|[a-z]+_dns_zone|\w*_zone|\w*_domain)$/;
const depthLimit = 32;

/**
 * The DNS records of `terraform show -json` (state or plan; OpenTofu alike) and of a state file, of any provider whose
 * resources are called records or record sets. What another state manages is not here, so no zone is complete.
 */
export const terraform: ExportFormat = {
  name: 'terraform show -json',
  matches: (objects) => objects.some((one) => isState(one)),
  read(reading, { objects }) {
    const resources = objects.flatMap(resourcesOf);
    const zones = zoneNames(resources);
    const records = resources.filter(
      ({ type, isManaged }) => isManaged && recordResource.test(type),
    );
    for (const record of records) addRecord(reading, record, zones);
    if (records.length === 0) reading.fail('bad-data', 'The state holds no DNS records.');
  },
};

function isState(one: JsonObject): boolean {
  const isShown = 'format_version' in one && ('values' in one || 'planned_values' in one);
  const isFile = typeof one['terraform_version'] === 'string' && Array.isArray(one['resources']);
  return isShown || isFile || typeof one['lineage'] === 'string';
}

function resourcesOf(one: JsonObject): readonly Resource[] {
  const values = objectOf(one['planned_values']) ?? objectOf(one['values']);
  const prior = objectOf(objectOf(one['prior_state'])?.['values']);
  if (values === null) return objectsOf(one['resources']).flatMap(ofStateFile);
  const data =
    prior === null ? [] : ofModule(prior['root_module']).filter((found) => !found.isManaged);
  return [...ofModule(values['root_module']), ...data];
}

function ofModule(value: unknown, depth = 0): readonly Resource[] {
  const module = objectOf(value);
  if (module === null || depth > depthLimit) return [];
  const own = objectsOf(module['resources']).map((one) => ({
    address: textOf(one['address']) ?? textOf(one['type']) ?? '',
    type: textOf(one['type']) ?? '',
    isManaged: one['mode'] !== 'data',
    values: objectOf(one['values']) ?? {},
  }));
  const children = objectsOf(module['child_modules']);
  return [...own, ...children.flatMap((child) => ofModule(child, depth + 1))];
}

function ofStateFile(one: JsonObject): readonly Resource[] {
  const type = textOf(one['type']) ?? '';
  return objectsOf(one['instances']).map((instance) => ({
    address: `${type}.${textOf(one['name']) ?? ''}`,
    type,
    isManaged: one['mode'] !== 'data',
    values: objectOf(instance['attributes']) ?? {},
  }));
}

/** Zones by what records call them: their id, or Google's name for them. */
function zoneNames(resources: readonly Resource[]): ReadonlyMap<string, string> {
  const zones = new Map<string, string>();
  for (const { type, values } of resources) {
    if (recordResource.test(type) || !zoneResource.test(type)) continue;
    const name = firstText(values, ['dns_name', 'zone', 'name', 'domain', 'zone_name']);
    if (name === null || !name.includes('.')) continue;
    const zone = name.replace(/\.$/, '').toLowerCase();
    for (const key of [values['zone_id'], values['id'], values['name']]) {
      if (typeof key === 'string' && key !== '') zones.set(key, zone);
    }
  }
  return zones;
}

function addRecord(
  reading: ExportReading,
  { address, type: resourceType, values }: Resource,
  zones: ReadonlyMap<string, string>,
): void {
  const zone = zoneOf(values, zones);
  // Some providers keep a whole zone in one resource.
  const nested = objectsOf(values['record']);
  for (const part of nested.length > 0 ? nested : [values]) {
    const type =
      firstText(part, ['type', 'fieldtype', 'record_type']) ??
      typedRecordResource.exec(resourceType)?.[1];
    const owner = ownerOf(part, zone);
    if (type === undefined || owner === null) {
      reading.fail('bad-data', `${address}: name, zone or type is not known.`);
      continue;
    }
    const found = valuesOf(part, zone);
    const isAlias = found.isAlias && type.toUpperCase() !== 'CNAME';
    const proxied = part['proxied'] === true || part['proxied'] === 'true';
    reading.add({
      owner,
      values: found.values,
      proxied,
      zone,
      type: isAlias ? aliasType(type) : type,
    });
  }
}

function aliasType(type: string): string {
  return ['A', 'AAAA', 'HTTPS'].includes(type.toUpperCase()) ? 'ALIAS' : type;
}

function zoneOf(values: JsonObject, zones: ReadonlyMap<string, string>): string | null {
  const byKey = ['zone_id', 'managed_zone', 'zone', 'domain_id']
    .map((name) => zones.get(textOf(values[name]) ?? ''))
    .find((zone) => zone !== undefined);
  const said = firstText(values, ['zone_name', 'zone', 'dns_zone']) ?? textOf(values['domain']);
  const written = byKey ?? said;
  return written?.includes('.') === true ? written.replace(/\.$/, '').toLowerCase() : null;
}

function ownerOf(values: JsonObject, zone: string | null): string | null {
  const whole = firstText(values, ['fqdn']);
  if (whole?.includes('.') === true) return whole;
  const hostname = firstText(values, ['hostname']);
  const name = textOf(values['name']) ?? textOf(values['subdomain']) ?? textOf(values['domain']);
  return wholeName(hostname ?? name ?? '', zone);
}

const listArguments = [
  'records',
  'rrdatas',
  'values',
  'rr_set',
  'answers',
  'rdata',
  'value',
  'content',
];
const singleArguments = ['record', 'target', 'address', 'data'];

function valuesOf(
  values: JsonObject,
  zone: string | null,
): { readonly values: readonly string[]; readonly isAlias: boolean } {
  for (const name of listArguments) {
    const parts = objectsOf(values[name]).flatMap(
      (one) => firstText(one, ['answer', 'value', 'content', 'data', 'rdata']) ?? [],
    );
    const found = [...textsOf(values[name]), ...parts];
    if (found.length > 0) return { values: found, isAlias: false };
  }
  const single = firstText(values, singleArguments);
  if (single !== null)
    return { values: [single === '@' ? (zone ?? single) : single], isAlias: false };
  const [alias] = [...objectsOf(values['alias']), objectOf(values['alias']) ?? {}];
  const target = firstText(alias ?? {}, ['name', 'target', 'dns_name']);
  if (target !== null) return { values: [target], isAlias: true };
  const data = objectOf(values['data']) ?? objectsOf(values['data'])[0];
  const service = data === undefined ? null : firstText(data, ['target']);
  if (service !== null)
    return { values: [`${data?.['priority'] ?? 1} ${service}`], isAlias: false };
  return { values: routedValues(values['routing_policy']), isAlias: false };
}
