import { isIPv4 } from 'node:net';
import { ipv6Groups } from './dns/address.ts';
import type { Finding } from './exposure-report.ts';
import type { HostSurvey } from './host-survey.ts';
import { siteOf } from './site.ts';

/**
 * Where Safari may keep the cookie for seven days at most: hosts that set it and whose CNAMEs lead to another site (Safari 14),
 * unless the site's own pages are led there too, or whose addresses have nothing in common with those of the site itself
 * (16.4: the first half of the bits). Only apps and the login host set it, so only they are looked at.
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
    const message = `${host} sets the cookie, and ${why}. Where a page of another host of ${siteOf(host)} asks it (fetch, image, script), Safari keeps what it sets for seven days at most.`;
    found.push({ ruleId: 'safari-cap', severity: 'medium', host, message });
  }
  return found;
}

/**
 * Where the CNAMEs of a host end, if that is on another site than its own; else null. What a provider flattens (an alias, its
 * proxy) and HTTPS records are no CNAMEs: Safari sees addresses there.
 */
export function cnameAway({ name, chain }: HostSurvey): string | null {
  let at = name.replace(/^\*\./, 'x.');
  const site = siteOf(at);
  for (const { kind, from, to } of chain) {
    const goesOn = from === name || from === at;
    if ((kind !== 'cname' && kind !== 'dname') || !goesOn) break;
    at = to;
  }
  return siteOf(at) === site ? null : at;
}

function capReason(survey: HostSurvey, byName: ReadonlyMap<string, HostSurvey>): string | null {
  const site = siteOf(survey.name);
  const pages = [site ?? '', `www.${site}`].flatMap((name) => byName.get(name) ?? []);
  const last = cnameAway(survey);
  if (last !== null) {
    const isShared = pages.some((page) => siteOf(cnameAway(page) ?? '') === siteOf(last));
    return isShared ? null : `its CNAMEs lead to ${last}`;
  }
  const home = pages.flatMap(({ addresses }) => addresses);
  const near = new Set(home.map(firstHalf));
  const mine = survey.addresses.map(firstHalf).filter((half) => sameFamily(half, near));
  if (mine.length === 0 || mine.some((half) => near.has(half))) return null;
  return `its addresses are unrelated to those of ${site}`;
}

/** 16 bits of an IPv4 address, 64 of an IPv6 address, marked with its family. */
function firstHalf(address: string): string {
  if (isIPv4(address)) return `4 ${address.split('.').slice(0, 2).join('.')}`;
  return `6 ${(ipv6Groups(address) ?? []).slice(0, 4).join(':')}`;
}

/** A host with IPv6 alone is not compared with a site that has IPv4 alone. */
function sameFamily(half: string, near: ReadonlySet<string>): boolean {
  return [...near].some((one) => one[0] === half[0]);
}
