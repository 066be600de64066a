// Who else would receive a cookie: joins what DNS says of each host to a report. This folder owns the survey, the rules
// and the judgement. `inputs/` reads files, `dns/` asks servers, `live/` completes a survey by asking, `report/` writes
// what was found. The config of a family is the caller's to read.

import { advise } from './advice.ts';
import { applyBaseline, type BaselineEntry } from './baseline.ts';
import { compareReports, type EarlierReport } from './compare.ts';
import type { Cookie } from './cookie.ts';
import { unsaid } from './cookie-rules.ts';
import { type CoveredInputs, coverageOf } from './coverage.ts';
import type {
  AcceptedFinding,
  ExposureReport,
  HostReport,
  ListUse,
  ReportedCookie,
} from './exposure-report.ts';
import { createFamilyGround, type FamilyOptions, type OwnTargets } from './family.ts';
import { createFirms, type Firms, readLists, shippedLists, type TargetList } from './firms.ts';
import type { HostSurvey } from './host-survey.ts';
import { judgeFamily } from './judge-family.ts';
import { type CookieScope, scopeOf } from './receives.ts';
import type { AuditedApp } from './scope-choice.ts';
import { publicSuffixVersion, siteOf } from './site.ts';

/** What {@link auditExposure} takes. */
export interface AuditOptions extends FamilyOptions {
  /** What DNS says of the family's names, each once. */
  readonly surveys: readonly HostSurvey[];
  /** What was read, to say how far it reaches. Default: the names of the surveys. */
  readonly inputs?: CoveredInputs;
  readonly cookie: Cookie;
  /** The apps that the cookie serves. Default none known. */
  readonly apps?: readonly AuditedApp[];
  /** The host of the login host, which sets cookies too. Default none. */
  readonly loginHost?: string;
  /** Default: those that ship with the package. An empty list is allowed: findings lose firms and severity, no host. */
  readonly lists?: readonly TargetList[];
  /** Default none. */
  readonly baseline?: readonly BaselineEntry[];
  /** An earlier report to compare with. Default none. */
  readonly earlier?: EarlierReport;
  /** Who was asked. Default `offline`. */
  readonly resolver?: string;
  /** The surveys are not complete: the run was interrupted. Default false. */
  readonly isPartial?: boolean;
  /** What the inputs could not say; put before the notes of the audit. */
  readonly notes?: readonly string[];
  /** Milliseconds since 1970. Default the clock of this machine. */
  readonly now?: () => number;
}

/**
 * Who receives the cookie, who runs each host, what each can do to it, and how to set it more narrowly. Asks nobody: it judges
 * what the surveys say. Throws `exposure_input_invalid` for domains, networks and lists that cannot be read.
 *
 * @example
 * ```ts
 * import { auditExposure, parseSetCookie, readInputs, surveyOffline } from '@latchkey/exposure';
 *
 * const { hosts: surveys } = surveyOffline(await readInputs({ zoneFiles: ['example.com.zone'] }));
 * const parsed = parseSetCookie('sid; Domain=example.com; Secure', { origin: 'described' });
 * if (parsed.kind === 'cookie') {
 *   console.log(auditExposure({ surveys, cookie: parsed.cookie }).findings);
 * }
 * ```
 */
export function auditExposure(options: AuditOptions): ExposureReport {
  const { surveys, cookie, apps = [], baseline = [], earlier, isPartial = false } = options;
  const now = (options.now ?? Date.now)();
  const scope = scopeOf(cookie, { homes: homesOf(options), sites: sitesOf(options) });
  const firms = createFirms(options.lists ?? shipped(), now);
  const own = { ...options, ownDomains: ownDomains(options, scope) };
  const ground = createFamilyGround(own, ownTargets(options));
  const judged = judgeFamily(surveys, { scope, ground, firms }, settersOf(options));
  const sites = new Map(judged.hosts.map(({ name, operator }) => [name, operator.site]));
  const today = new Date(now).toISOString();
  const outcome = applyBaseline(judged.findings, baseline, {
    today: today.slice(0, 10),
    siteOf: (host) => sites.get(host) ?? null,
  });
  const hosts = markAccepted(judged.hosts, outcome.accepted);
  const coverage = coverageOf(inputsOf(options), scope, hosts);
  return {
    schemaVersion: 1,
    generatedAt: today,
    partial: isPartial,
    resolver: options.resolver ?? 'offline',
    cookie: reported(scope),
    coverage,
    hosts,
    findings: outcome.open,
    accepted: outcome.accepted,
    advice: advise({ cookie, apps, hosts, gap: coverage.gap }),
    changes: earlier === undefined ? null : compareReports(earlier, outcome.open, isPartial),
    lists: firms.uses,
    publicSuffixes: { from: 'tldts', version: publicSuffixVersion() },
    notes: [
      ...notesOf(options, scope, hosts),
      ...listNotes(firms.uses),
      ...serviceNotes(judged.serviceNames),
      ...firmNotes(options, firms),
      ...outcome.notes,
    ],
  };
}

function inputsOf({ inputs, surveys }: AuditOptions): CoveredInputs {
  if (inputs !== undefined) return inputs;
  const source = { file: '', line: 0 };
  return { records: [], names: surveys.map(({ name }) => ({ name, source })), zones: [] };
}

/** Hosts at which people open a session: whose cookies Safari may cap. */
function settersOf({ apps = [], loginHost }: AuditOptions): readonly string[] {
  return [...apps.map(({ host }) => host), ...(loginHost === undefined ? [] : [loginHost])];
}

/** The cookie's site, and those of the apps: who serves them is the family. */
function ownDomains(options: AuditOptions, scope: CookieScope): string[] {
  const ofApps = settersOf(options).flatMap((host) => siteOf(host) ?? []);
  const { ownDomains = [] } = options;
  return [...new Set([...ownDomains, ...scope.sites, ...ofApps])];
}

/** Where the records of apps lead: their machines. An app by OpenID Connect is trusted less, and may be somebody else's. */
function ownTargets({ apps = [], loginHost, surveys }: AuditOptions): OwnTargets {
  const trusted = apps.filter(({ reach }) => reach !== 'oidc').map(({ host }) => host);
  const hosts = new Set([...trusted, ...(loginHost === undefined ? [] : [loginHost])]);
  const ofHosts = surveys.filter(({ name }) => hosts.has(name));
  return new Set(ofHosts.flatMap(({ chain }) => chain.map(({ to }) => to)));
}

/** Without its lists the package still finds every foreign operator. */
function shipped(): readonly TargetList[] {
  try {
    return readLists(shippedLists);
  } catch {
    return [];
  }
}

/** Apps of the other reaches keep cookies of their own. */
function homesOf({ apps = [], loginHost }: AuditOptions): readonly string[] {
  const hosts = apps.filter(({ reach }) => reach === 'shared' || reach === 'handshake');
  return [...hosts.map(({ host }) => host), ...(loginHost === undefined ? [] : [loginHost])];
}

/** Where a host-only cookie may live when its host is not known: at the apps, else anywhere in the family. */
function sitesOf(options: AuditOptions): readonly string[] {
  const { ownDomains = [], surveys } = options;
  const homes = homesOf(options);
  const hosts = homes.length > 0 ? homes : ownDomains;
  const named = hosts.flatMap((host) => siteOf(host) ?? []);
  if (named.length > 0) return [...new Set(named)];
  return [...new Set(surveys.flatMap(({ name }) => siteOf(name.replace(/^\*\./, '')) ?? []))];
}

function markAccepted(
  hosts: readonly HostReport[],
  accepted: readonly AcceptedFinding[],
): readonly HostReport[] {
  if (accepted.length === 0) return hosts;
  const names = new Set(accepted.map(({ host }) => host));
  return hosts.map((host) => (names.has(host.name) ? { ...host, accepted: true } : host));
}

function reported({ cookie, isKept }: CookieScope): ReportedCookie {
  const { name, domain, host, secure, httpOnly, sameSite, path } = cookie;
  return {
    name,
    domain: domain ?? host,
    hostOnly: domain === null,
    secure,
    httpOnly,
    sameSite,
    path: path ?? '/',
    isKept,
  };
}

function serviceNotes(count: number): readonly string[] {
  if (count === 0) return [];
  const names = count === 1 ? 'One name' : `${count} names`;
  return [
    `${names} with a label that begins with _ (DKIM, ACME and the like) ${count === 1 ? 'leads' : 'lead'} outside. Browsers open such names by http://, where a Secure cookie does not go; whoever answers there can still set and evict cookies of the site.`,
  ];
}

/** A declaration that lets in every customer of a firm. */
function firmNotes(
  { accepted = [], ownDomains = [] }: AuditOptions,
  firms: Firms,
): readonly string[] {
  const isFirm = (domain: string): boolean => {
    const site = siteOf(domain);
    return (
      (site === null && domain.includes('.')) || (site === domain && firms.find(domain).length > 0)
    );
  };
  return [...accepted, ...ownDomains]
    .map((domain) =>
      domain
        .toLowerCase()
        .replace(/^\*?\./, '')
        .replace(/\.$/, ''),
    )
    .filter(isFirm)
    .map(
      (domain) =>
        `${domain} stands for every customer of that firm: declare the targets that are yours by their whole names.`,
    );
}

function notesOf(
  options: AuditOptions,
  scope: CookieScope,
  hosts: readonly HostReport[],
): readonly string[] {
  const notes = [...(options.notes ?? []), ...unsaid(options.cookie)];
  if (options.isPartial === true) notes.push('The run was interrupted: names are missing here.');
  if ((options.resolver ?? 'offline') === 'offline' && options.notes === undefined) {
    notes.push(
      'Offline: targets outside the zone were not asked. Unseen are names that have gone, addresses behind them, and aliases that a provider flattens.',
    );
  }
  if ((options.ownRanges ?? []).length === 0) {
    notes.push('No ranges of your own were declared: every address counts as yours.');
  }
  if (scope.cookie.domain === null && scope.homes.length === 0) {
    notes.push('The host that sets the cookie is not known: it is on no host of this list.');
  }
  const accepted = hosts.filter((host) => host.accepted).length;
  if (accepted > 0)
    notes.push(`Accepted, and no findings: ${accepted === 1 ? 'one host' : `${accepted} hosts`}.`);
  return notes;
}

function listNotes(lists: readonly ListUse[]): readonly string[] {
  if (lists.length === 0)
    return ['There are no lists: firms are not named, and trackers not known.'];
  return lists
    .filter(({ isOld }) => isOld)
    .map(({ name, date }) => `The list ${name} is of ${date}, older than a year.`);
}
