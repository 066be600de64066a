import { refuseInput, requireJson } from './errors.ts';
import type { Changes, Finding } from './exposure-report.ts';
import { isRuleId } from './rules.ts';
import { severities } from './severity.ts';

/** What is kept of an earlier report. */
export interface EarlierReport {
  readonly generatedAt: string;
  readonly partial: boolean;
  readonly findings: readonly Finding[];
}

/** Reads a report that was written as JSON. Throws `exposure_input_invalid` for anything else. */
export function readEarlierReport(text: string, file: string): EarlierReport {
  const content = requireJson(text, file);
  if (isReport(content)) return content;
  throw refuseInput(
    `${file} is no report of this check with schemaVersion 1, as --json writes it.`,
  );
}

/**
 * New, gone and changed findings. One is the same by rule and host; it changed when its severity or its words did (another
 * operator, another chain). After a partial run nothing counts as gone.
 */
export function compareReports(
  earlier: EarlierReport,
  findings: readonly Finding[],
  isPartial: boolean,
): Changes {
  const before = new Map(earlier.findings.map((finding) => [keyOf(finding), finding]));
  const now = new Map(findings.map((finding) => [keyOf(finding), finding]));
  const both = findings.flatMap((finding) => {
    const old = before.get(keyOf(finding));
    return old === undefined ? [] : [{ before: old, now: finding }];
  });
  return {
    since: earlier.generatedAt,
    new: findings.filter((finding) => !before.has(keyOf(finding))),
    gone: isPartial ? [] : earlier.findings.filter((finding) => !now.has(keyOf(finding))),
    changed: both.filter(
      ({ before: old, now: one }) => old.severity !== one.severity || old.message !== one.message,
    ),
  };
}

function keyOf({ ruleId, host }: Finding): string {
  return `${ruleId} ${host}`;
}

function isReport(content: unknown): content is EarlierReport {
  if (typeof content !== 'object' || content === null) return false;
  const { schemaVersion, generatedAt, findings, partial } = content as Record<string, unknown>;
  if (schemaVersion !== 1 || typeof generatedAt !== 'string' || typeof partial !== 'boolean') {
    return false;
  }
  return Array.isArray(findings) && findings.every(isFinding);
}

function isFinding(content: unknown): content is Finding {
  if (typeof content !== 'object' || content === null) return false;
  const { ruleId, severity, host, message } = content as Record<string, unknown>;
  if (typeof ruleId !== 'string' || !isRuleId(ruleId)) return false;
  if (typeof host !== 'string' || typeof message !== 'string') return false;
  return severities.some((one) => one === severity);
}
