import { toHtml } from '@latchkey/exposure';
import type { ExposureGuardOptions } from '@latchkey/server';
import type { Family } from '@latchkey/session';
import { audit, gapOf } from './exposure-audit.ts';
import { refuse, subjectOf } from './exposure-cookie.ts';
import { planOfSettings } from './exposure-settings.ts';

/**
 * What the login host's guard runs: the audit of `latchkey exposure` with what the config says under `exposure`. Null where
 * it says nothing. Files are read again at every check. The check rejects for inputs that cannot be read, also in part, and for
 * those that say nothing of the hosts of the cookie.
 */
export function guardOf(family: Family): ExposureGuardOptions | null {
  // A config may have loaded an earlier copy of the package, whose families have no such member.
  const exposure = family.exposure ?? null;
  if (exposure === null) return null;
  const { policy, failOn, everySeconds } = exposure;
  return {
    policy,
    failOn,
    everySeconds,
    async check(signal) {
      const plan = planOfSettings(exposure);
      const sources = { ...plan.sources, transferOptions: { signal } };
      const readSubject = (): ReturnType<typeof subjectOf> => subjectOf(null, family, []);
      const audited = await audit({ ...plan, sources, readSubject, offline: false }, (work) =>
        work({ signal }),
      );
      const gap = gapOf(audited);
      if (gap !== null) throw refuse(gap);
      return { report: audited.report, html: toHtml(audited.report) };
    },
  };
}
