import { type ExposureError, refuseInput, requireJson } from './errors.ts';
import type { AcceptedFinding, Finding } from './exposure-report.ts';
import { isRuleId } from './rules.ts';

/** One finding that somebody decided to live with. */
export interface BaselineEntry {
  readonly ruleId: string;
  readonly host: string;
  /** Why; never empty. */
  readonly reason: string;
  /** The last day on which it holds, `2027-01-31`, UTC. */
  readonly expires: string;
  /** The operator's site that was looked at. Given, another operator is a new finding. */
  readonly site?: string;
}

/** What the baseline leaves of the findings. */
export interface BaselineOutcome {
  readonly open: readonly Finding[];
  readonly accepted: readonly AcceptedFinding[];
  /** Words on entries that ran out or match nothing. */
  readonly notes: readonly string[];
}

const datePattern = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Reads a baseline: `{"accepted": [{"ruleId", "host", "reason", "expires", "site"?}]}`. Throws `exposure_input_invalid` for
 * anything else: an entry without reason and date would hide a finding for ever.
 */
export function readBaseline(text: string, file: string): readonly BaselineEntry[] {
  const entries = parseJson(text, file);
  return entries.map((entry, index) => readEntry(entry, `${file}: accepted[${index}]`));
}

/** What an entry is held against. */
export interface BaselineMoment {
  /** ISO date in UTC. */
  readonly today: string;
  /** The operator that a host has now. */
  siteOf(host: string): string | null;
}

export function applyBaseline(
  findings: readonly Finding[],
  baseline: readonly BaselineEntry[],
  { today, siteOf }: BaselineMoment,
): BaselineOutcome {
  const byFinding = new Map(baseline.map((entry) => [`${entry.ruleId} ${entry.host}`, entry]));
  const used = new Set<BaselineEntry>();
  const open: Finding[] = [];
  const accepted: AcceptedFinding[] = [];
  const notes: string[] = [];
  for (const finding of findings) {
    const entry = byFinding.get(`${finding.ruleId} ${finding.host}`);
    const why = entry === undefined ? 'none' : refusal(entry, today, siteOf(finding.host));
    if (entry !== undefined) used.add(entry);
    if (entry !== undefined && why === null) {
      accepted.push({ ...finding, reason: entry.reason, expires: entry.expires });
      continue;
    }
    open.push(finding);
    if (entry !== undefined) notes.push(`Baseline: ${finding.ruleId} of ${finding.host} ${why}.`);
  }
  for (const entry of byFinding.values()) {
    if (!used.has(entry)) notes.push(`Baseline: ${entry.ruleId} of ${entry.host} was not found.`);
  }
  return { open, accepted, notes };
}

function refusal(entry: BaselineEntry, today: string, site: string | null): string | null {
  if (entry.expires < today) return `was accepted until ${entry.expires} and is reported again`;
  if (entry.site !== undefined && entry.site !== site) {
    return `was accepted for ${entry.site} and has another operator now`;
  }
  return null;
}

function parseJson(text: string, file: string): readonly unknown[] {
  const content = requireJson(text, file);
  const accepted =
    typeof content === 'object' && content !== null && 'accepted' in content
      ? content.accepted
      : null;
  if (Array.isArray(accepted)) return accepted;
  throw refuseInput(
    `${file} is no baseline: it needs {"accepted": [{"ruleId", "host", "reason", "expires"}]}.`,
  );
}

function readEntry(entry: unknown, where: string): BaselineEntry {
  const { ruleId, host, reason, expires, site } = (
    typeof entry === 'object' && entry !== null ? entry : {}
  ) as Record<keyof BaselineEntry, unknown>;
  if (typeof ruleId !== 'string' || !isRuleId(ruleId)) throw refuse(where, 'ruleId is no rule');
  if (typeof host !== 'string' || host === '') throw refuse(where, 'host is missing');
  if (typeof reason !== 'string' || reason.trim() === '') throw refuse(where, 'reason is missing');
  if (typeof expires !== 'string' || !isDate(expires)) {
    throw refuse(where, 'expires must be a date such as 2027-01-31');
  }
  if (site !== undefined && typeof site !== 'string') throw refuse(where, 'site must be a text');
  return {
    ruleId,
    host: host.toLowerCase(),
    reason,
    expires,
    ...(site === undefined ? {} : { site }),
  };
}

function isDate(text: string): boolean {
  return datePattern.test(text) && !Number.isNaN(Date.parse(text));
}

function refuse(where: string, why: string): ExposureError {
  return refuseInput(`${where}: ${why}.`);
}
