import { createHash } from 'node:crypto';
import type { ExposureReport, Finding, HostReport } from '../exposure-report.ts';
import { type Rule, type RuleId, rules } from '../rules.ts';
import type { Severity } from '../severity.ts';
import { coverageMessages } from './coverage-messages.ts';

/** What SARIF wants to know beside the report. */
export interface SarifOptions {
  /** The version of Latchkey. */
  readonly version: string;
}

const levels: Readonly<Record<Severity, 'none' | 'note' | 'warning' | 'error'>> = {
  none: 'none',
  low: 'note',
  medium: 'warning',
  high: 'error',
  critical: 'error',
};
/** The scale by which code hosts sort results: 9 and more is critical, 7 high, 4 medium. */
const scores: Readonly<Record<Severity, string>> = {
  none: '0.0',
  low: '3.0',
  medium: '5.5',
  high: '8.0',
  critical: '9.5',
};
const ruleIds = Object.keys(rules) as RuleId[];

/**
 * SARIF 2.1.0: one run, a rule for each kind of finding, the zone file and line where there is one. The fingerprint is made of
 * rule, host and operator, so a result stays the same when lines move. Accepted findings are there as suppressed.
 */
export function toSarif(report: ExposureReport, { version }: SarifOptions): string {
  const hosts = new Map(report.hosts.map((host) => [host.name, host]));
  const open = report.findings.map((finding) => resultOf(finding, hosts.get(finding.host)));
  const accepted = report.accepted.map((finding) => ({
    ...resultOf(finding, hosts.get(finding.host)),
    suppressions: [
      {
        kind: 'external',
        status: 'accepted',
        justification: `${finding.reason} (until ${finding.expires})`,
      },
    ],
  }));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: driverOf(version) },
        columnKind: 'utf16CodeUnits',
        automationDetails: { id: 'latchkey/exposure/' },
        invocations: [invocationOf(report)],
        results: [...open, ...accepted],
        properties: { cookie: report.cookie, publicSuffixes: report.publicSuffixes },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function driverOf(version: string): object {
  return {
    name: 'latchkey exposure',
    semanticVersion: version,
    rules: ruleIds.map((id) => ruleOf(id, rules[id])),
  };
}

function ruleOf(id: RuleId, { title, severity, why, remedy }: Rule): object {
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: `${title}. ${why}` },
    help: { text: `${why} ${remedy}` },
    defaultConfiguration: { level: levels[severity] },
    properties: { 'security-severity': scores[severity], tags: ['security', 'cookie', 'dns'] },
  };
}

function invocationOf({ partial, notes, generatedAt, coverage }: ExposureReport): object {
  const told = [...coverageMessages(coverage), ...notes];
  return {
    executionSuccessful: !partial && coverage.gap === null,
    endTimeUtc: generatedAt,
    toolExecutionNotifications: told.map((text) => ({ level: 'note', message: { text } })),
  };
}

function resultOf(finding: Finding, host: HostReport | undefined): object {
  const { ruleId, severity, message, host: name } = finding;
  const operator = host?.operator.site ?? '';
  const identity = createHash('sha256').update(`${ruleId}\n${name}\n${operator}`).digest('hex');
  return {
    ruleId,
    ruleIndex: ruleIds.indexOf(ruleId),
    level: levels[severity],
    message: { text: message === '' ? ruleId : message },
    locations: [locationOf(name, host)],
    partialFingerprints: { 'ruleHostOperator/v1': identity },
    properties: {
      'security-severity': scores[severity],
      ...(host === undefined
        ? {}
        : { kind: host.kind, powers: host.powers, operator: host.operator }),
    },
  };
}

function locationOf(name: string, host: HostReport | undefined): object {
  const logicalLocations = [{ name, fullyQualifiedName: name, kind: 'resource' }];
  const source = host?.source ?? null;
  if (source === null) return { logicalLocations };
  const region = source.line > 0 ? { region: { startLine: source.line } } : {};
  return {
    physicalLocation: { artifactLocation: { uri: uriOf(source.file) }, ...region },
    logicalLocations,
  };
}

/** A path as a relative or file URI; each part is encoded. */
function uriOf(file: string): string {
  const path = file.replaceAll('\\', '/').replace(/^\.\//, '');
  const encoded = path.split('/').map(encodePart).join('/');
  if (path.startsWith('/')) return `file://${encoded}`;
  return /^[a-z]:\//i.test(path) ? `file:///${encoded}` : encoded;
}

/** A lone surrogate has no encoding and would throw. */
function encodePart(part: string): string {
  return encodeURIComponent(part.toWellFormed());
}
