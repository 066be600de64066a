import type { Cookie } from './cookie.ts';
import { isHostPrefixed } from './cookie-rules.ts';
import type { HostReport } from './exposure-report.ts';
import { planMigration } from './migration.ts';
import type { AppReach, AuditAdvice, AuditedApp, ScopeChoice } from './scope-choice.ts';
import { isAddress, isPublicSuffix, liesUnder, siteOf } from './site.ts';

/** What advice is made from. */
export interface AdviceInput {
  readonly cookie: Cookie;
  readonly apps: readonly AuditedApp[];
  readonly hosts: readonly HostReport[];
  /** Why nothing can be said of the hosts; null where it can. */
  readonly gap: string | null;
}

const parentLabels = ['app', 'apps', 'family', 'inside', 'latchkey'];

/** The narrowest scope that still serves every app: one domain where it is clean, else host-only with handshake. */
export function advise(input: AdviceInput): AuditAdvice {
  const { cookie, hosts } = input;
  const choices = choicesFor(input);
  const [best = hostOnly(input), ...alternatives] = choices;
  const readers = hosts.filter((host) => isForeignReader(host) && host.receives);
  const migration = best.kind === 'keep' ? null : planMigration(cookie, best, readers);
  const summary = input.gap ?? best.summary;
  return { ...best, summary, alternatives, migration };
}

function choicesFor(input: AdviceInput): readonly ScopeChoice[] {
  const { domain } = input.cookie;
  if (domain === null) return [keepHostOnly(input)];
  const members = membersOf(input, domain);
  const parent = commonParent(members.map(({ host }) => host));
  const isParentUsable =
    parent !== null && liesUnder(parent, domain) && countForeign(input, parent) === 0;
  const isShared = new Set(members.map(({ host }) => host)).size > 1;
  if (isParentUsable && isShared) {
    const narrow = parent === domain ? keepDomain(input, domain) : tldLength(input, parent);
    return [narrow, hostOnly(input)];
  }
  const isClean = isUsableDomain(domain) && countForeign(input, domain) === 0;
  if (members.length === 0 && isClean) return [keepDomain(input, domain), hostOnly(input)];
  const dedicated = dedicatedParent(input, domain);
  return dedicated === null || !isShared ? [hostOnly(input)] : [hostOnly(input), dedicated];
}

/** The apps that hold the shared cookie. Where none is said to be shared, all under its domain. */
function membersOf({ apps }: AdviceInput, domain: string): readonly AuditedApp[] {
  return apps.filter(({ host, reach }) => reach === 'shared' && liesUnder(host, domain));
}

function isUsableDomain(domain: string): boolean {
  return domain.includes('.') && !isAddress(domain) && !isPublicSuffix(domain);
}

/** The longest domain above all hosts that a cookie may have. */
function commonParent(hosts: readonly string[]): string | null {
  const [first, ...rest] = hosts;
  let parent = first ?? '';
  while (parent !== '' && !rest.every((host) => liesUnder(host, parent))) {
    const dot = parent.indexOf('.');
    parent = dot === -1 ? '' : parent.slice(dot + 1);
  }
  return isUsableDomain(parent) ? parent : null;
}

function isForeignReader({ kind, accepted, severity }: HostReport): boolean {
  return kind !== 'own' && !accepted && severity !== 'none';
}

/** Foreign hosts at or below a domain, and wildcards or zones above it that answer for it. Unknown ones count. */
function countForeign({ hosts, cookie }: AdviceInput, domain: string): number {
  return hosts.filter((host) => {
    if (!isForeignReader(host)) return false;
    const reachesDown =
      host.receives && cookie.domain !== null && !liesUnder(host.name, cookie.domain);
    return reachesDown || liesUnder(host.name, domain) || isZoneAbove(host, domain);
  }).length;
}

function isZoneAbove({ kind, name }: HostReport, domain: string): boolean {
  return kind === 'delegated' && liesUnder(domain, name);
}

function reachesWith(
  { apps, cookie }: AdviceInput,
  shared: 'shared' | 'handshake',
): Readonly<Record<string, AppReach>> {
  return Object.fromEntries(
    apps.map(({ name, host, reach }) => {
      const isMember = cookie.domain === null || liesUnder(host, cookie.domain);
      return [name, reach === 'shared' && isMember ? shared : reach];
    }),
  );
}

function keepHostOnly(input: AdviceInput): ScopeChoice {
  return {
    kind: 'keep',
    domain: null,
    tldLength: null,
    reach: reachesWith(input, 'handshake'),
    foreignReceivers: 0,
    summary: isHostPrefixed(input.cookie)
      ? 'The cookie is host-only already, and no other host can set it: there is nothing narrower.'
      : 'The cookie is host-only already: no other host receives it. Named with __Host-, no other host could set one of its name either.',
    costs: [],
    breaks: [],
  };
}

function keepDomain(input: AdviceInput, domain: string): ScopeChoice {
  return {
    kind: 'keep',
    domain,
    tldLength: labelCount(domain),
    reach: reachesWith(input, 'shared'),
    foreignReceivers: 0,
    summary: `No foreign host receives the cookie of ${domain}. It stays so while every name below ${domain} is yours: run the check at each change of DNS.`,
    costs: [],
    breaks: [],
  };
}

function hostOnly(input: AdviceInput): ScopeChoice {
  return {
    kind: 'host-only',
    domain: null,
    tldLength: null,
    reach: reachesWith(input, 'handshake'),
    foreignReceivers: 0,
    summary:
      'A host-only __Host- cookie for each app, carried by handshake: no other host receives or sets it.',
    costs: ['One redirect pair over the login host when somebody first opens each app.'],
    breaks: [
      'Session data is no longer shared: each app has its own.',
      'Everybody gets a new session in each app, without a password while the sign-in lasts.',
    ],
  };
}

function tldLength(input: AdviceInput, parent: string): ScopeChoice {
  return {
    kind: 'tld-length',
    domain: parent,
    tldLength: labelCount(parent),
    reach: reachesWith(input, 'shared'),
    foreignReceivers: 0,
    summary: `Domain=${parent} (tldLength: ${labelCount(parent)}) serves every shared app, and no foreign host is below it.`,
    costs: [`Every name below ${parent} must stay yours: run the check at each change of DNS.`],
    breaks: [
      `Hosts of ${input.cookie.domain ?? ''} outside ${parent} no longer receive the cookie.`,
    ],
  };
}

function dedicatedParent(input: AdviceInput, domain: string): ScopeChoice | null {
  const site = isUsableDomain(domain) ? siteOf(domain) : null;
  if (site === null) return null;
  const parent = parentLabels
    .map((label) => `${label}.${site}`)
    .find(
      (candidate) =>
        !input.hosts.some(({ name, kind }) => kind !== 'own' && liesUnder(name, candidate)),
    );
  if (parent === undefined) return null;
  const members = membersOf(input, domain).map(({ host }) => host);
  return {
    kind: 'dedicated-parent',
    domain: parent,
    tldLength: labelCount(parent),
    reach: reachesWith(input, 'shared'),
    foreignReceivers: 0,
    summary: `A parent for the apps alone, *.${parent}: they keep one cookie and one record, and nothing else is below it.`,
    costs: [
      `New host names for ${members.length} apps (${members[0] ?? ''} becomes ${(members[0] ?? '').split('.')[0] ?? ''}.${parent}), with certificates and redirects from the old ones.`,
      `${parent} needs a record of its own, so that no wildcard above answers below it.`,
    ],
    breaks: ['Bookmarks, links and registered addresses (redirect URIs) of the old names.'],
  };
}

function labelCount(domain: string): number {
  return domain.split('.').length;
}
