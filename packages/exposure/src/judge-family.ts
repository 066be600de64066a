import { cookieFaults } from './cookie-rules.ts';
import { isServiceName } from './dns/name.ts';
import type { Finding, HostReport } from './exposure-report.ts';
import type { HostSurvey } from './host-survey.ts';
import { type Bench, judgeHost } from './judge-host.ts';
import type { CookieScope } from './receives.ts';
import { safariFindings } from './safari-cap.ts';
import { severities } from './severity.ts';

/** The hosts and findings of a family, worst first. */
export interface FamilyJudgement {
  readonly hosts: readonly HostReport[];
  readonly findings: readonly Finding[];
  /** Foreign hosts with a label that begins with `_`, left out: a `Secure` cookie does not go there. */
  readonly serviceNames: number;
}

/** Judges every name, the cookie itself, and what both make together. `setters`: hosts that set the cookie. */
export function judgeFamily(
  surveys: readonly HostSurvey[],
  facts: Omit<Bench, 'isInUse' | 'ownOperators'>,
  setters: readonly string[],
): FamilyJudgement {
  const bench: Bench = { ...facts, isInUse: namesInUse(surveys), ownOperators: new Map() };
  const hosts: HostReport[] = [];
  const findings: Finding[] = [];
  let serviceNames = 0;
  for (const survey of surveys) {
    const judgement = judgeHost(survey, bench);
    if (judgement === null) continue;
    const { host, rule, message } = judgement;
    // Browsers open them, by plain http alone: no public authority certifies such a name.
    if (bench.scope.cookie.secure && isServiceName(host.name)) {
      if (host.kind !== 'own' && host.receives) serviceNames += 1;
      continue;
    }
    hosts.push(host);
    if (rule === null || message === null) continue;
    findings.push({ ruleId: rule, severity: host.severity, host: host.name, message });
  }
  findings.push(...cookieFindings(bench.scope, hosts), ...safariFindings(surveys, setters));
  return { hosts: sortHosts(hosts), findings: sortFindings(findings), serviceNames };
}

/** Names at or above which something exists: there the wildcard of a parent does not answer (RFC 4592, section 2.2). */
function namesInUse(surveys: readonly HostSurvey[]): (name: string) => boolean {
  let used: Set<string> | null = null;
  return (name) => {
    used ??= withParents(surveys);
    return used.has(name);
  };
}

function withParents(surveys: readonly HostSurvey[]): Set<string> {
  const used = new Set<string>();
  for (const { name, viaWildcard } of surveys) {
    // It exists by the wildcard alone.
    if (viaWildcard !== undefined) continue;
    for (let rest = name; rest !== '' && !used.has(rest); ) {
      used.add(rest);
      const dot = rest.indexOf('.');
      rest = dot === -1 ? '' : rest.slice(dot + 1);
    }
  }
  return used;
}

function cookieFindings(scope: CookieScope, hosts: readonly HostReport[]): readonly Finding[] {
  const { cookie } = scope;
  const subject = cookie.domain ?? cookie.host ?? '';
  const faults = cookieFaults(cookie).map((fault) => ({ ...fault, host: subject }));
  const receivers = hosts.filter(({ receives }) => receives).length;
  if (cookie.secure || !scope.isKept || cookie.domain === null || receivers === 0) return faults;
  const message = `Cookie ${cookie.name} has no Secure and goes to ${receivers === 1 ? 'one host' : `${receivers} hosts`} below ${subject}: anybody on the way can have a browser open one of them by http:// and read it.`;
  return [...faults, { ruleId: 'plain-http', severity: 'high', host: subject, message }];
}

function sortHosts(hosts: HostReport[]): readonly HostReport[] {
  return hosts.sort(
    (a, b) => rank(b) - rank(a) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
}

function sortFindings(findings: Finding[]): readonly Finding[] {
  return findings.sort(
    (a, b) =>
      severities.indexOf(b.severity) - severities.indexOf(a.severity) ||
      (a.host < b.host ? -1 : a.host > b.host ? 1 : 0) ||
      (a.ruleId < b.ruleId ? -1 : 1),
  );
}

/** Among equals what receives the cookie comes first. */
function rank({ severity, receives }: HostReport): number {
  return severities.indexOf(severity) * 2 + (receives ? 1 : 0);
}
