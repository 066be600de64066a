import { z } from 'zod';

/** From harmless to worst. */
export const exposureSeverities = ['none', 'low', 'medium', 'high', 'critical'] as const;

export type ExposureSeverity = (typeof exposureSeverities)[number];

/** What is wrong, once a host and rule. */
export interface ExposureFinding {
  readonly ruleId: string;
  readonly severity: ExposureSeverity;
  /** `''` where it is the cookie itself. */
  readonly host: string;
  readonly message: string;
}

/** One name of the family's DNS; what the guard reads of it. */
export interface ExposureHost {
  readonly name: string;
  /** `unknown`: DNS gave no answer to judge by. */
  readonly kind: string;
}

/** What the guard reads of a report: that of `@latchkey/exposure` is one. The whole of it is served as JSON. */
export interface ExposureCheckReport {
  readonly hosts: readonly ExposureHost[];
  readonly findings: readonly ExposureFinding[];
  /** The check was cut short: taken for a failed one. */
  readonly partial?: boolean;
}

/** What a check hands over. */
export interface ExposureCheckResult {
  readonly report: ExposureCheckReport;
  /** The report as one self-contained HTML page, served as it is. Scripts and forms in it do not run, nothing is loaded. */
  readonly html: string;
}

/** Asks DNS who else receives the shared cookie. The signal fires at the time-out and when the login host closes. */
export type ExposureCheck = (signal: AbortSignal) => Promise<ExposureCheckResult>;

/** A check that came to an end, in the form in which it is kept. */
export interface CheckedExposure {
  readonly findings: readonly ExposureFinding[];
  /** Hosts of which DNS said nothing this time. */
  readonly unknownHosts: ReadonlySet<string>;
  readonly html: string;
  readonly json: string;
}

/** Why a check says nothing. `no-answer`: there were no hosts, or DNS was silent about every one. */
export type CheckFailure = 'threw' | 'timeout' | 'malformed' | 'partial' | 'no-answer';

export type CheckOutcome =
  | { readonly kind: 'checked'; readonly checked: CheckedExposure }
  | { readonly kind: 'failed'; readonly why: CheckFailure; readonly cause?: unknown };

const resultShape = z.object({
  report: z.object({
    hosts: z.array(z.object({ name: z.string(), kind: z.string() })),
    findings: z.array(
      z.object({
        ruleId: z.string(),
        severity: z.enum(exposureSeverities),
        host: z.string(),
        message: z.string(),
      }),
    ),
    partial: z.boolean().optional(),
  }),
  html: z.string(),
});

/** Runs a check for `timeoutMilliseconds` at most. Never rejects. A check that goes on after that is nobody's any more. */
export async function runCheck(
  check: ExposureCheck,
  timeoutMilliseconds: number,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  const timeout = new AbortController();
  const late = Promise.withResolvers<CheckOutcome>();
  const giveUp = (): void => {
    timeout.abort();
    late.resolve({ kind: 'failed', why: 'timeout' });
  };
  const timer = setTimeout(giveUp, timeoutMilliseconds);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    const either = AbortSignal.any([timeout.signal, signal]);
    return await Promise.race([run(check, either), late.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}

async function run(check: ExposureCheck, signal: AbortSignal): Promise<CheckOutcome> {
  try {
    return judge(await check(signal));
  } catch (cause) {
    return { kind: 'failed', why: 'threw', cause };
  }
}

/** What says nothing must not be taken for an all-clear. */
function judge(result: ExposureCheckResult): CheckOutcome {
  const parsed = resultShape.safeParse(result);
  if (!parsed.success) return { kind: 'failed', why: 'malformed' };
  const { hosts, findings, partial } = parsed.data.report;
  if (partial === true) return { kind: 'failed', why: 'partial' };
  const unknownHosts = new Set(
    hosts.filter((one) => one.kind === 'unknown').map((one) => one.name),
  );
  if (unknownHosts.size === hosts.length) {
    return { kind: 'failed', why: 'no-answer' };
  }
  const json = JSON.stringify(result.report);
  return { kind: 'checked', checked: { findings, unknownHosts, html: result.html, json } };
}

/** Whether a severity is at or above a level. */
export function isSevere(severity: ExposureSeverity, level: ExposureSeverity): boolean {
  return exposureSeverities.indexOf(severity) >= exposureSeverities.indexOf(level);
}
