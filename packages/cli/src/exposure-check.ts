import { type InputSources, readBaseline, toHtml } from '@latchkey/exposure';
import type { ExposureGuardOptions } from '@latchkey/server';
import type { Family } from '@latchkey/session';
import { audit, gapOf } from './exposure-audit.ts';
import { readText, refuse, subjectOf, transferOf } from './exposure-cookie.ts';

type FamilyExposure = NonNullable<Family['exposure']>;

/**
 * What the login host's guard runs: the audit of `latchkey exposure` with what the config says under `exposure`. Null where
 * it says nothing. Files are read anew at every check. The check rejects for inputs that cannot be read, also in part.
 */
export function guardOf(family: Family): ExposureGuardOptions | null {
  // A config may have loaded an earlier copy of the package, whose families have no such member.
  const exposure = family.exposure ?? null;
  if (exposure === null) return null;
  const { policy, failOn, everySeconds } = exposure;
  return {
    ...{ policy, failOn, everySeconds },
    async check(signal) {
      const audited = await audit(
        {
          ...exposure,
          sources: sourcesOf(exposure, signal),
          readSubject: () => subjectOf(null, family, []),
          offline: false,
          resolver: orNone(exposure.resolver),
          ownRanges: orNone(exposure.ownRanges),
          given: givenIn(exposure),
        },
        (work) => work({ signal }),
      );
      const gap = gapOf(audited);
      if (gap !== null) throw refuse(gap);
      return { report: audited.report, html: toHtml(audited.report) };
    },
  };
}

function sourcesOf(
  { zones, transfers, hosts, resolver }: FamilyExposure,
  signal: AbortSignal,
): InputSources {
  return {
    zoneFiles: zones,
    transfers: transfers.map((one) => transferOf(one, resolver[0])),
    transferOptions: { signal },
    hostLists: hosts.length === 0 ? [] : [{ name: '(config)', text: hosts.join('\n') }],
  };
}

function givenIn({ baseline }: FamilyExposure): { baseline?: ReturnType<typeof readBaseline> } {
  return baseline === null ? {} : { baseline: readBaseline(readText(baseline), baseline) };
}

function orNone<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}
