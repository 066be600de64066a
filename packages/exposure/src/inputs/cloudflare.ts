import { siteOf } from '../site.ts';
import type { ExportFile, ExportFormat } from './export-format.ts';
import type { ExportReading } from './export-records.ts';
import { firstText, type JsonObject, objectOf, objectsOf } from './json-shape.ts';

/**
 * The records of a Cloudflare zone as `GET /zones/:id/dns_records` answers: one answer, an array of answers, or pages as
 * separate files. A CNAME that is proxied or stands at the zone's apex is invisible in DNS and becomes a record of type
 * ALIAS; `proxied` is kept.
 */
export const cloudflare: ExportFormat = {
  name: "Cloudflare's API (GET /zones/:id/dns_records)",
  matches: (objects) =>
    objects.some(
      (page) => 'result' in page && ('success' in page || Array.isArray(page['result'])),
    ),
  read(reading, { objects }, files) {
    const counts = countPages(files);
    for (const page of objects) addPage(reading, page, counts.get(zoneKey(page)));
  },
};

interface Count {
  readonly total: number;
  /** Records by page, so that a page given twice counts once. */
  readonly pages: Map<string, number>;
}

function addPage(reading: ExportReading, page: JsonObject, count: Count | undefined): void {
  if (!Array.isArray(page['result'])) {
    reading.fail('bad-data', 'Cloudflare answered with an error instead of records.');
    return;
  }
  const here = [...(count?.pages.values() ?? [])].reduce((sum, one) => sum + one, 0);
  const isWhole = count !== undefined && here >= count.total;
  if (count !== undefined && !isWhole) {
    reading.fail(
      'incomplete',
      `The zone has ${count.total} records and ${here} are here: give every page, or ask with per_page=5000.`,
    );
  }
  for (const record of objectsOf(page['result'])) addRecord(reading, record, isWhole);
}

function addRecord(reading: ExportReading, one: JsonObject, isWhole: boolean): void {
  const [owner, type] = [firstText(one, ['name']), firstText(one, ['type'])];
  if (owner === null || type === null) {
    reading.fail('bad-data', 'A record without a usable name and type.');
    return;
  }
  const named = firstText(one, ['zone_name'])?.toLowerCase() ?? null;
  const zone = named ?? siteOf(owner.replace(/^\*\./, ''));
  if (named !== null) reading.addZone(named, isWhole);
  // Records of some types have their data in parts; of these HTTPS and SVCB tell where a browser goes.
  const data = objectOf(one['data']);
  const parts =
    data === null ? null : `${data['priority'] ?? 1} ${firstText(data, ['target']) ?? '.'}`;
  const content = firstText(one, ['content']) ?? parts;
  const proxied = one['proxied'] === true;
  const isAlias = type.toUpperCase() === 'CNAME' && (proxied || owner.toLowerCase() === zone);
  const values = content === null ? [] : [content];
  reading.add({ owner, type: isAlias ? 'ALIAS' : type, values, proxied, zone: named });
}

function countPages(files: readonly ExportFile[]): ReadonlyMap<string, Count> {
  const counts = new Map<string, Count>();
  for (const page of files.flatMap(({ objects }) => objects)) {
    const info = objectOf(page['result_info']);
    const total = info?.['total_count'];
    if (typeof total !== 'number') continue;
    const key = zoneKey(page);
    const count = counts.get(key) ?? { total, pages: new Map<string, number>() };
    counts.set(key, count);
    count.pages.set(`${info?.['page'] ?? count.pages.size}`, objectsOf(page['result']).length);
  }
  return counts;
}

function zoneKey(page: JsonObject): string {
  const [first] = objectsOf(page['result']);
  if (first === undefined) return '';
  return (
    firstText(first, ['zone_id', 'zone_name']) ?? siteOf(firstText(first, ['name']) ?? '') ?? ''
  );
}
