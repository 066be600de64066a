import type { Coverage } from '../exposure-report.ts';

const shownZones = 20;

const sources: Readonly<Record<Coverage['zones'][number]['via'], string>> = {
  soa: 'by its SOA',
  export: 'as the export names it',
  transfer: 'transferred',
  origin: 'by its origin',
  'file-name': 'as the name of the file says',
  names: 'by the names in it',
};

/** Which zones were read and from where, how many names are where the cookie can go, and why it is no check where it is none. */
export function coverageMessages(coverage: Coverage): readonly string[] {
  const { zones, names, inside, outside, gap } = coverage;
  const read = zones.slice(0, shownZones).map(({ apex, file, via, complete }) => {
    const part = complete ? '' : ', not the whole zone';
    return `Zone ${apex}: from ${file || 'the surveys'}, ${sources[via]}${part}.`;
  });
  if (zones.length > shownZones) read.push(`${zones.length - shownZones} more zones.`);
  const counted = `Names read: ${names}; at or below the cookie's domain: ${inside}; outside: ${outside}.`;
  return [...(gap === null ? [] : [gap]), ...read, counted];
}
