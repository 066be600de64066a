import {
  auditExposure,
  type ExposureReport,
  exportAdvice,
  type InputRecords,
  type InputSources,
  readInputs,
} from '@latchkey/exposure';
import { refuse, type Subject } from './exposure-cookie.ts';
import { type Asking, surveyInputs } from './exposure-survey.ts';

/** One audit: of the command, or of the login host's guard. */
export interface AuditPlan {
  readonly sources: InputSources;
  /** Asked for when every input has been read. */
  readonly readSubject: () => Subject | Promise<Subject>;
  readonly offline: boolean;
  /** Name servers to ask; those of the machine where there are none. */
  readonly resolver?: readonly string[] | undefined;
  readonly ownDomains: readonly string[];
  readonly ownRanges?: readonly string[] | undefined;
  readonly accepted?: readonly string[] | undefined;
  /** What is in files beside the inputs. */
  readonly given: Pick<Parameters<typeof auditExposure>[0], 'lists' | 'baseline' | 'earlier'>;
}

export interface Audited {
  readonly report: ExposureReport;
  /** Places of the inputs that could not be read, as sentences. */
  readonly unread: readonly string[];
}

/** Mistakes of a whole input; others are of one line, and the rest is read. */
const shownErrors = 20;

/**
 * Reads the inputs, asks DNS, judges. Inputs and surveys live in here alone: a large family's are let go before its report
 * is written. Throws `input_invalid` and `exposure_input_invalid` for what cannot be read.
 */
export async function audit(plan: AuditPlan, asking: Asking): Promise<Audited> {
  const inputs = await readInputs(plan.sources);
  refuseUnread(inputs);
  const subject = await plan.readSubject();
  const survey = await surveyInputs(plan, { inputs, subject }, asking);
  const ownDomains = [...inputs.zones.map(({ apex }) => apex), ...plan.ownDomains];
  const { ownRanges, accepted } = plan;
  const report = auditExposure({
    surveys: survey.hosts,
    inputs,
    cookie: subject.cookie,
    apps: subject.apps,
    ownDomains,
    resolver: survey.resolver,
    isPartial: survey.isPartial,
    notes: [...errorNotes(inputs), ...survey.notes],
    ...(subject.loginHost === null ? {} : { loginHost: subject.loginHost }),
    ...(ownRanges === undefined ? {} : { ownRanges }),
    ...(accepted === undefined ? {} : { accepted }),
    ...plan.given,
  });
  return { report, unread: inputs.errors.map(errorWords) };
}

/** A whole input that could not be read: nothing that is said without it would be true. */
function refuseUnread({ errors, records, names }: InputRecords): void {
  const isEmpty = records.length === 0 && names.length === 0;
  const worst = errors.find(({ line }) => line === 0) ?? (isEmpty ? errors[0] : undefined);
  if (worst !== undefined) {
    // Nothing at all could be read: most likely it is something else.
    const isOther = isEmpty && worst.line > 0;
    throw refuse(`${errorWords(worst)}${isOther ? ` ${exportAdvice}` : ''}`);
  }
  if (isEmpty) throw refuse('The inputs hold no names.');
}

/** What keeps a report from being a check: nothing learnt, or places that may hold what is being looked for. Null: it is one. */
export function gapOf({ report, unread }: Audited): string | null {
  if (report.coverage.gap !== null) return [report.coverage.gap, ...unread.slice(0, 3)].join(' ');
  if (unread.length === 0) return null;
  const shown = unread.slice(0, 3).join(' ');
  const more = unread.length > 3 ? ` And ${unread.length - 3} more.` : '';
  return `Not everything could be read, so this is no all-clear. ${shown}${more}`;
}

function errorNotes({ errors }: InputRecords): readonly string[] {
  const shown = errors.slice(0, shownErrors).map((error) => `Not read: ${errorWords(error)}`);
  if (errors.length <= shownErrors) return shown;
  return [...shown, `Not read: ${errors.length - shownErrors} more lines.`];
}

function errorWords({ file, line, message }: InputRecords['errors'][number]): string {
  return `${file}${line === 0 ? '' : `:${line}`}: ${message}`;
}
