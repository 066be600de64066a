import { isIP } from 'node:net';
import { stripVTControlCharacters } from 'node:util';
import { isHostName, normalizeName } from '../dns/name.ts';
import type { InputRecords } from './dns-record.ts';
import { type ExportReading, readExport } from './export-records.ts';

/**
 * The hosts of a list: one name a line, `*.x` for a wildcard, empty lines and what follows `#` left out. A line may be a URL
 * or have a port, and what tools append in brackets; the graph that amass prints gives its records. Addresses are left out:
 * no cookie with a domain goes to one. Anything else is an error, and the rest is read all the same.
 */
export function parseHostList(text: string, file: string): InputRecords {
  const reading = readExport(file);
  readHosts(reading, text.split('\n'));
  return { ...reading.done(), zones: [] };
}

/** Its lines. */
export function readHosts(reading: ExportReading, lines: readonly string[]): void {
  const seen = new Set<string>();
  lines.forEach((raw, at) => {
    const line = stripVTControlCharacters(raw)
      .trim()
      .replace(/(?:^|\s)#.*/s, '')
      .replace(/^\uFEFF/, '')
      .trim();
    if (line === '' || readGraph(reading, line)) return;
    const written = hostIn(line);
    if (written === null || isIP(written) !== 0) return;
    const result = normalizeName(written);
    if (result.kind !== 'name' || !isHostName(result.name)) {
      const why = result.kind === 'invalid' ? `: ${result.why}` : '';
      reading.fail('bad-name', `The line is no host name${why}.`, at + 1);
    } else if (!seen.has(result.name)) {
      seen.add(result.name);
      reading.addName(result.name, at + 1);
    }
  });
}

/** The host of a name, a URL or a host with port; null where it is an address in a URL. */
export function hostIn(written: string): string | null {
  const word = written
    .replace(/\s[[(].*/s, '')
    .trimEnd()
    .replace(/,$/, '');
  if (isIP(word) !== 0) return null;
  const bare = /^[a-z][a-z0-9+.-]*:\/\//i.test(word)
    ? hostOfUrl(word)
    : word.replace(/\/.*/s, '').replace(/:\d{1,5}$/, '');
  return bare.startsWith('[') || isIP(bare) !== 0 ? null : bare;
}

/** By hand: a wildcard has no URL that parses. */
function hostOfUrl(url: string): string {
  const authority = url.replace(/^[^/]*\/\//, '').replace(/[/?#].*/s, '');
  return authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '');
}

const edgeLine = /^(\S+) \((\w+)\) --> (\w+) --> (\S+) \((\w+)\)$/;
const edgeTypes: Readonly<Record<string, string>> = {
  cname_record: 'CNAME',
  a_record: 'A',
  aaaa_record: 'AAAA',
  ns_record: 'NS',
};

/** A line of amass: `www.x (FQDN) --> cname_record --> y (FQDN)`. */
function readGraph(reading: ExportReading, line: string): boolean {
  const edge = edgeLine.exec(line);
  if (edge === null) return false;
  const [, owner = '', kind, relation = '', target = ''] = edge;
  if (kind !== 'FQDN') return true;
  const type = edgeTypes[relation];
  reading.addName(owner.toLowerCase());
  if (type !== undefined) reading.add({ owner, type, values: [target] });
  return true;
}
