import { isIPv4 } from 'node:net';
import type { Finding } from './exposure-report.ts';
import type { HostSurvey } from './host-survey.ts';
import { siteOf } from './site.ts';

/**
 * Where Safari keeps the cookie for seven days at most: hosts that set it and whose CNAME chain ends on another site (Safari
 * 14), or whose addresses have nothing in common with those of the site itself (16.4: the first half of the bits). Only apps
 * and the login host set it, so only they are looked at.
 */
export function safariFindings(
  surveys: readonly HostSurvey[],
  setters: readonly string[],
): readonly Finding[] {
  if (setters.length === 0) return [];
  const byName = new Map(surveys.map((survey) => [survey.name, survey]));
  const found: Finding[] = [];
  for (const host of new Set(setters)) {
    const survey = byName.get(host);
    const why = survey === undefined ? null : capReason(survey, byName);
    if (why === null) continue;
    const message = `${host} sets the cookie, and ${why}: Safari keeps it for seven days at most, so people are signed out every week.`;
    found.push({ ruleId: 'safari-cap', severity: 'medium', host, message });
  }
  return found;
}

function capReason(survey: HostSurvey, byName: ReadonlyMap<string, HostSurvey>): string | null {
  const site = siteOf(survey.name);
  const last = survey.chain.at(-1)?.to;
  if (last !== undefined && siteOf(last) !== site) return `its records lead to ${last}`;
  const home = [site ?? '', `www.${site}`].flatMap((name) => byName.get(name)?.addresses ?? []);
  const near = new Set(home.map(firstHalf));
  const mine = survey.addresses.map(firstHalf).filter((half) => sameFamily(half, near));
  if (mine.length === 0 || mine.some((half) => near.has(half))) return null;
  return `its addresses are unrelated to those of ${site}`;
}

/** 16 bits of an IPv4 address, 64 of an IPv6 address, marked with its family. */
function firstHalf(address: string): string {
  if (isIPv4(address)) return `4 ${address.split('.').slice(0, 2).join('.')}`;
  const [left = '', right] = address.split('::');
  const before = left.split(':').filter((group) => group !== '');
  const after = (right ?? '').split(':').filter((group) => group !== '');
  const zeros = right === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `6 ${groups.slice(0, 4).join(':')}`;
}

/** A host with IPv6 alone is not compared with a site that has IPv4 alone. */
function sameFamily(half: string, near: ReadonlySet<string>): boolean {
  return [...near].some((one) => one[0] === half[0]);
}
