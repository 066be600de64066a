import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text as readStream } from 'node:stream/consumers';
import {
  auditExposure,
  type ExposureReport,
  type InputRecords,
  isAtLeast,
  readBaseline,
  readEarlierReport,
  readInputs,
  readLists,
  type TextInput,
  toHtml,
  toJson,
  toSarif,
  toText,
} from '@latchkey/exposure';
import { LatchkeyError } from '@latchkey/session';
import type { CliErrorCode } from './errors.ts';
import { cookieOf, readText, refuse, type Subject, subjectOf } from './exposure-cookie.ts';
import type { ExposureOptions } from './exposure-options.ts';
import { type Survey, surveyInputs } from './exposure-survey.ts';
import { configNames, loadFamily } from './load-family.ts';
import type { Terminal } from './terminal.ts';

/** Mistakes of a whole input; others are of one line, and the rest is read. */
const shownErrors = 20;

/**
 * `latchkey exposure`: reads DNS and the cookie, judges, writes the report. Throws `exposure_found` at findings of the level
 * of `--fail-on` and after an interruption, `input_invalid` for what cannot be read.
 */
export async function exposure(
  terminal: Terminal,
  options: ExposureOptions,
  version: string,
): Promise<void> {
  const out = options.out === undefined ? null : resolve(options.out);
  const { report, unread } = await audit(terminal, options);
  write(terminal, options, out, render(terminal, options, report, version));
  refuseFindings(report, options, unread);
}

interface Audited {
  readonly report: ExposureReport;
  /** Places of the inputs that could not be read. */
  readonly unread: number;
}

/** Inputs and surveys live in here alone: a large family's are let go before its report is written. */
async function audit(terminal: Terminal, options: ExposureOptions): Promise<Audited> {
  const given = readFiles(options);
  const inputs = await readInputs(await sourcesOf(terminal, options));
  refuseUnread(inputs);
  // Loading a config changes the working folder: every other path has been read by now.
  const subject = await readSubject(options);
  const survey = await surveyInputs(terminal, options, inputs, subject);
  refuseNonsense(inputs, survey);
  const ownDomains = [...inputs.zones.map(({ apex }) => apex), ...(options.ownDomain ?? [])];
  const report = auditExposure({
    ...{ surveys: survey.hosts, cookie: subject.cookie, apps: subject.apps, ownDomains },
    ...{ resolver: survey.resolver, isPartial: survey.isPartial },
    notes: [...errorNotes(inputs), ...survey.notes],
    ...(subject.loginHost === null ? {} : { loginHost: subject.loginHost }),
    ...(options.ownRange === undefined ? {} : { ownRanges: options.ownRange }),
    ...(options.accept === undefined ? {} : { accepted: options.accept }),
    ...given,
  });
  return { report, unread: inputs.errors.length };
}

async function readSubject(options: ExposureOptions): Promise<Subject> {
  const cookie = cookieOf(options);
  const isConfigWanted = options.config !== undefined || cookie === null;
  if (cookie === null && options.cookieHost !== undefined) {
    throw refuse('--cookie-host goes with --cookie.');
  }
  const family = isConfigWanted ? await loadConfig(options.config) : null;
  return subjectOf(cookie, family, options.app ?? []);
}

/** Without a config there may still be a cookie on the command line: the message says so. */
async function loadConfig(path: string | undefined): ReturnType<typeof loadFamily> {
  try {
    return await loadFamily(path);
  } catch (error) {
    const isMissing = error instanceof LatchkeyError && error.code === 'config_not_found';
    if (!isMissing || path !== undefined) throw error;
    throw refuse(
      `There is no cookie: give --cookie or --har, or run it where ${configNames[0]} is.`,
      error,
    );
  }
}

/** What lies in files beside the inputs. */
function readFiles(options: ExposureOptions): Partial<Parameters<typeof auditExposure>[0]> {
  const { lists, baseline, report } = options;
  return {
    ...(lists === undefined ? {} : { lists: readLists(lists) }),
    ...(baseline === undefined ? {} : { baseline: readBaseline(readText(baseline), baseline) }),
    ...(report === undefined ? {} : { earlier: readEarlierReport(readText(report), report) }),
  };
}

async function sourcesOf(
  terminal: Terminal,
  options: ExposureOptions,
): Promise<Parameters<typeof readInputs>[0]> {
  const { zone, axfr, hosts, ct, route53, cloudflare, origin } = options;
  if ([zone, axfr, hosts, ct, route53, cloudflare].every((one) => one === undefined)) {
    throw refuse(
      'Nothing to look at: give --zone, --axfr, --hosts, --ct, --route53 or --cloudflare.',
    );
  }
  return {
    ...(zone === undefined ? {} : { zoneFiles: await withStandardInput(terminal, zone) }),
    ...(origin === undefined ? {} : { zoneOrigin: origin }),
    ...(hosts === undefined ? {} : { hostLists: await withStandardInput(terminal, hosts) }),
    ...(ct === undefined ? {} : { certificateLogs: ct }),
    ...(route53 === undefined ? {} : { route53 }),
    ...(cloudflare === undefined ? {} : { cloudflare }),
    ...(axfr === undefined ? {} : { transfers: axfr.map((one) => transferOf(one, options)) }),
  };
}

function transferOf(
  text: string,
  { resolver }: ExposureOptions,
): { readonly zone: string; readonly server: string } {
  const [zone = '', server = resolver?.[0]] = text.split('@');
  if (server !== undefined) return { zone, server };
  throw refuse(`--axfr ${text}: whom to ask? Write ${zone}@server, or give --resolver.`);
}

async function withStandardInput(
  terminal: Terminal,
  files: readonly string[],
): Promise<readonly TextInput[]> {
  const inputs: TextInput[] = [];
  for (const file of files) {
    if (file !== '-') inputs.push(file);
    else inputs.push({ name: '(standard input)', text: await readStream(terminal.stdin) });
  }
  return inputs;
}

/** A whole input that could not be read: nothing that is said without it would be true. */
function refuseUnread({ errors, records, names }: InputRecords): void {
  const isEmpty = records.length === 0 && names.length === 0;
  const worst = errors.find(({ line }) => line === 0) ?? (isEmpty ? errors[0] : undefined);
  if (worst !== undefined) throw refuse(errorWords(worst));
  if (isEmpty) throw refuse('The inputs hold no names.');
}

/** Nothing found and lines not read: most likely no zone file at all. */
function refuseNonsense({ errors: [first] }: InputRecords, { hosts }: Survey): void {
  if (hosts.length === 0 && first !== undefined) throw refuse(errorWords(first));
}

function errorNotes({ errors }: InputRecords): readonly string[] {
  const shown = errors.slice(0, shownErrors).map((error) => `Not read: ${errorWords(error)}`);
  if (errors.length <= shownErrors) return shown;
  return [...shown, `Not read: ${errors.length - shownErrors} more lines.`];
}

function errorWords({ file, line, message }: InputRecords['errors'][number]): string {
  return `${file}${line === 0 ? '' : `:${line}`}: ${message}`;
}

function render(
  terminal: Terminal,
  options: ExposureOptions,
  report: ExposureReport,
  version: string,
): string {
  if (options.json === true) return toJson(report);
  if (options.sarif === true) return toSarif(report, { version });
  if (options.html === true) return toHtml(report);
  const { stdout, environment } = terminal;
  const isTerminal = 'isTTY' in stdout && stdout.isTTY === true && options.out === undefined;
  const columns = 'columns' in stdout && isTerminal ? Number(stdout.columns) : 100;
  return toText(report, { colour: isTerminal && !environment['NO_COLOR'], columns });
}

function write(
  { stdout }: Terminal,
  { out }: ExposureOptions,
  path: string | null,
  text: string,
): void {
  if (path === null) {
    stdout.write(text);
    return;
  }
  try {
    writeFileSync(path, text);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'it failed';
    throw refuse(`${out} cannot be written: ${why}.`, error);
  }
}

function refuseFindings(
  { findings, partial }: ExposureReport,
  { failOn }: ExposureOptions,
  unread: number,
): void {
  const bad = findings.filter(({ severity }) => isAtLeast(severity, failOn)).length;
  if (bad > 0) {
    const words = bad === 1 ? 'One finding is' : `${bad} findings are`;
    throw found(`${words} ${failOn}${failOn === 'critical' ? '' : ' or worse'}.`);
  }
  if (partial) throw found('The check was interrupted: the report is a part only.');
  // A line that was not read may hold what is being looked for: that is no all-clear.
  if (unread > 0) {
    throw refuse(`${unread} places of the inputs could not be read; see the report.`);
  }
}

function found(message: string): LatchkeyError<CliErrorCode> {
  return new LatchkeyError<CliErrorCode>('exposure_found', message);
}
