import type { ExportFile, ExportFormat } from './export-format.ts';
import { type ExportReading, wholeName } from './export-records.ts';
import { readHosts } from './host-list.ts';
import { firstText, type JsonObject, lowerNames, textOf, textsOf } from './json-shape.ts';

const ownerColumns = [
  'name',
  'record name',
  'record',
  'host',
  'hostname',
  'host name',
  'subdomain',
  'domain name',
  'fqdn',
];
const typeColumns = ['type', 'record type', 'rtype', 'dnstype'];
const valueColumns = [
  'content',
  'value',
  'values',
  'data',
  'target',
  'record value',
  'points to',
  'answer',
  'rdata',
  'address',
];
const zoneColumns = ['zone_name', 'zone', 'domain'];
const hostColumns = ['host', 'hostname', 'subdomain', 'fqdn', 'name', 'domain', 'url'];

/**
 * Records one by one with name, type and content, as many providers list them: JSON (`flarectl --json dns list`, the `result`
 * of Cloudflare's API alone, DigitalOcean) and the rows of a CSV file. `proxied` is kept.
 */
export const recordList: ExportFormat = {
  name: 'a list of records with name, type and content (JSON or CSV)',
  matches: (objects) => objects.map(lowerNames).some(isRecord),
  read: readRecords,
};

/** Rows of a CSV file without types: a list of hosts. */
export const hostTable: ExportFormat = {
  name: 'a table of hosts (CSV)',
  matches: (objects) => objects.map(lowerNames).some((one) => firstText(one, hostColumns) !== null),
  read(reading, { objects }) {
    readHosts(
      reading,
      objects.flatMap((one) => (firstText(lowerNames(one), hostColumns) ?? '').split('\n')),
    );
  },
  hostsOnly: true,
};

function isRecord(one: JsonObject): boolean {
  const isNamed = ownerColumns.some((name) => typeof one[name] === 'string');
  return (
    isNamed && firstText(one, typeColumns) !== null && valueColumns.some((name) => name in one)
  );
}

function readRecords(reading: ExportReading, { objects, origin }: ExportFile): void {
  const rows = objects.map(lowerNames);
  // The zone may be guessed from the name of the file: it counts where the names need one.
  const isRelative = rows.some((one) => /^(?:@|[^.]*)$/.test(ownerOf(one)));
  rows.forEach((one, at) => {
    const line = typeof one['line'] === 'number' ? one['line'] : 0;
    const said = firstText(one, zoneColumns)?.replace(/\.$/, '').toLowerCase() ?? null;
    const zone = said ?? (isRelative ? origin : null);
    const type = firstText(one, typeColumns);
    const owner = wholeName(ownerOf(one), zone);
    if (type === null || owner === null) {
      const which = line === 0 ? `Record ${at + 1}: ` : '';
      reading.fail(
        'bad-name',
        `${which}its name or type cannot be told; --origin says the zone.`,
        line,
      );
      return;
    }
    const values = valueColumns.flatMap((name) => textsOf(one[name])).slice(0, 1);
    reading.add({
      owner,
      type,
      zone,
      line,
      proxied: isProxied(one),
      values: values.map((value) => (value === '@' ? (zone ?? value) : value)),
    });
  });
}

function ownerOf(one: JsonObject): string {
  return ownerColumns.map((name) => textOf(one[name])).find((name) => name !== null) ?? '';
}

function isProxied(one: JsonObject): boolean {
  const said = one['proxied'] ?? one['proxy status'] ?? one['proxy'];
  return said === true || /^(?:true|yes|1|proxied)$/i.test(typeof said === 'string' ? said : '');
}
