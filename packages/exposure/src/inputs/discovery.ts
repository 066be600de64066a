import { isIP } from 'node:net';
import { isHostName, normalizeName } from '../dns/name.ts';
import { siteOf } from '../site.ts';
import type { ExportFormat } from './export-format.ts';
import type { ExportReading } from './export-records.ts';
import { hostIn } from './host-list.ts';
import { firstText, type JsonObject, objectsOf, textsOf } from './json-shape.ts';

/** Where the tools write the host, the surest first. httpx has an address in `host`. */
const nameMembers = ['url', 'host', 'name', 'fqdn', 'subdomain', 'hostname', 'input'];
/** What tells a line of such a tool from any other object with a name. */
const toolMarks = [
  'source',
  'sources',
  'input',
  'url',
  'a',
  'aaaa',
  'cname',
  'addresses',
  'tag',
  'resolver',
  'ip',
  'port',
];

/**
 * What finds names: subfinder, amass, httpx, dnsx as JSON, one object a line or an array. CNAMEs that they saw are kept as a
 * chain in the order in which they stand.
 */
export const discovery: ExportFormat = {
  name: 'subfinder, amass, httpx or dnsx as JSON lines',
  matches: (objects) =>
    objects.some((one) => hostOf(one) !== null && toolMarks.some((mark) => mark in one)),
  read(reading, { objects }) {
    for (const [at, one] of objects.entries()) addHost(reading, one, at + 1);
  },
  hostsOnly: true,
};

function addHost(reading: ExportReading, one: JsonObject, line: number): void {
  const host = hostOf(one);
  if (host === null) {
    // An address alone receives no cookie with a domain.
    const isAddress = nameMembers.some((name) => isIP(firstText(one, [name]) ?? '') !== 0);
    if (!isAddress && !nameMembers.some((name) => hostIn(firstText(one, [name]) ?? '') === null)) {
      reading.fail('bad-data', 'An entry without a host.', line);
    }
    return;
  }
  reading.addName(host, line);
  // What a name elsewhere leads to is no record of the family's.
  const isHome = (name: string): boolean => siteOf(name) === siteOf(host);
  let at = host;
  for (const target of textsOf(one['cname'])) {
    if (target !== at && isHome(at)) {
      reading.add({ owner: at, type: 'CNAME', values: [target], line });
      at = target.toLowerCase().replace(/\.$/, '');
    }
  }
  const listed = objectsOf(one['addresses']).flatMap((address) => textsOf(address['ip']));
  for (const address of [...textsOf(one['a']), ...textsOf(one['aaaa']), ...listed]) {
    if (isIP(address) === 0 || !isHome(at)) continue;
    reading.add({ owner: at, type: isIP(address) === 6 ? 'AAAA' : 'A', values: [address], line });
  }
}

function hostOf(one: JsonObject): string | null {
  for (const name of nameMembers) {
    const written = hostIn(firstText(one, [name]) ?? '');
    const result = normalizeName(written ?? '');
    if (result.kind === 'name' && isHostName(result.name) && result.name.includes('.'))
      return result.name;
  }
  return null;
}
