import type { Coverage, HostReport } from './exposure-report.ts';
import type { InputRecords } from './inputs/dns-record.ts';
import type { CookieScope } from './receives.ts';
import { liesUnder } from './site.ts';

/** What the inputs have: their names, and the zones that they are of. */
export type CoveredInputs = Pick<InputRecords, 'records' | 'names' | 'zones'>;

/**
 * How far the inputs reach: which zones were read, how many names are where the cookie can go, of how many anything was
 * learnt. Nothing learnt of nothing is no all-clear: `gap` says so.
 */
export function coverageOf(
  inputs: CoveredInputs,
  scope: CookieScope,
  hosts: readonly HostReport[],
): Coverage {
  const names = new Set([
    ...inputs.records.map(({ owner }) => owner),
    ...inputs.names.map(({ name }) => name),
  ]);
  const places = scope.cookie.domain === null ? scope.sites : [scope.cookie.domain];
  const isInside = (name: string): boolean => places.some((place) => liesUnder(name, place));
  let inside = 0;
  for (const name of names) if (isInside(name)) inside += 1;
  // Apps are looked at whatever the inputs say: they do not stand for them.
  const isOfInputs = ({ name }: HostReport): boolean => name.startsWith('*.') || names.has(name);
  const judged = hosts.filter(
    (host) => host.kind !== 'unknown' && isOfInputs(host) && (isInside(host.name) || host.receives),
  ).length;
  const zones = inputs.zones.map(({ apex, complete, file, via }) => ({
    apex,
    complete,
    file,
    via,
  }));
  const counts = { zones, names: names.size, inside, outside: names.size - inside, judged };
  return { ...counts, gap: scope.isKept ? gapIn(counts, places) : null };
}

function gapIn(
  { names, inside, judged, zones }: Omit<Coverage, 'gap'>,
  places: readonly string[],
): string | null {
  if (judged > 0) return null;
  const where = places.length === 0 ? 'the site of the cookie' : places.slice(0, 3).join(', ');
  if (names === 0) return 'Not checked: the inputs hold no names.';
  if (inside === 0) {
    const read = zones.slice(0, 3).map(({ apex, file }) => `${apex} from ${file}`);
    const said = read.length === 0 ? '' : ` Zones read: ${read.join(', ')}.`;
    return `Not checked: none of the ${names} names of the inputs is at or below ${where}.${said}`;
  }
  return `Not checked: of the names at or below ${where} nothing was learnt: no host has an address, a CNAME or a delegation that anybody told of.`;
}
