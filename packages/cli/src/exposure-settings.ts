import { readBaseline } from '@latchkey/exposure';
import type { Family } from '@latchkey/session';
import type { AuditPlan } from './exposure-audit.ts';
import { readText, transferOf } from './exposure-cookie.ts';

export type FamilyExposure = NonNullable<Family['exposure']>;

/** What of an audit the config can say. */
export type SettingsPlan = Pick<
  AuditPlan,
  'sources' | 'resolver' | 'ownDomains' | 'ownRanges' | 'accepted' | 'given'
>;

/**
 * What a config says under `exposure`, as an audit takes it. Files are read now. `at` turns a path of the config, which is
 * relative to its folder, into one for this process. Throws `input_invalid` and `exposure_input_invalid`.
 */
export function planOfSettings(
  exposure: FamilyExposure,
  at: (path: string) => string = (path) => path,
): SettingsPlan {
  const { zones, transfers, hosts, includeFolders, resolver, baseline } = exposure;
  const { ownDomains, ownRanges, accepted } = exposure;
  const file = baseline === null ? null : at(baseline);
  return {
    sources: {
      zoneFiles: zones.map(at),
      includeFolders: includeFolders.map(at),
      transfers: transfers.map((one) => transferOf(one, resolver[0])),
      hostLists: hosts.length === 0 ? [] : [{ name: '(config)', text: hosts.join('\n') }],
    },
    resolver: resolver.length === 0 ? undefined : resolver,
    ownDomains,
    accepted,
    ownRanges,
    given: file === null ? {} : { baseline: readBaseline(readText(file), file) },
  };
}
