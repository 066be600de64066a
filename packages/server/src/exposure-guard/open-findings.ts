import {
  type CheckedExposure,
  type ExposureFinding,
  exposureSeverities,
  isSevere,
} from './exposure-check.ts';

/** What became of the findings since the check before. */
export interface FindingChanges {
  /** Those that hold now, the worst first. */
  readonly open: readonly ExposureFinding[];
  /** New, or worse than before. */
  readonly opened: readonly ExposureFinding[];
  readonly closed: readonly ExposureFinding[];
}

/**
 * Compares by rule and host. A finding is gone only when its host was judged and did not have it any more: where DNS was
 * silent about the host this time, the finding stays.
 */
export function compareFindings(
  before: readonly ExposureFinding[],
  { findings, unknownHosts }: Pick<CheckedExposure, 'findings' | 'unknownHosts'>,
): FindingChanges {
  const earlier = new Map(before.map((finding) => [keyOf(finding), finding]));
  const found = new Map(findings.map((finding) => [keyOf(finding), finding]));
  const missing = before.filter((finding) => !found.has(keyOf(finding)));
  const kept = missing.filter(({ ruleId, host }) => ruleId !== 'unknown' && unknownHosts.has(host));
  const opened = findings.filter((finding) => {
    const known = earlier.get(keyOf(finding));
    return known === undefined || !isSevere(known.severity, finding.severity);
  });
  return {
    open: [...findings, ...kept].sort(bySeverity),
    opened: opened.toSorted(bySeverity),
    closed: missing.filter((finding) => !kept.includes(finding)),
  };
}

function keyOf({ ruleId, host }: ExposureFinding): string {
  return `${ruleId} ${host}`;
}

function bySeverity(one: ExposureFinding, other: ExposureFinding): number {
  return exposureSeverities.indexOf(other.severity) - exposureSeverities.indexOf(one.severity);
}
