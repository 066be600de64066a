import { writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { text as readStream } from 'node:stream/consumers';
import {
  type ExposureReport,
  type InputSources,
  isAtLeast,
  readBaseline,
  readEarlierReport,
  readLists,
  type TextInput,
  toHtml,
  toJson,
  toSarif,
  toText,
} from '@latchkey/exposure';
import { hasCode, LatchkeyError } from '@latchkey/session';
import type { CliErrorCode } from './errors.ts';
import { type Audited, type AuditPlan, audit, gapOf } from './exposure-audit.ts';
import {
  cookieOf,
  readText,
  refuse,
  type Subject,
  subjectOf,
  transferOf,
} from './exposure-cookie.ts';
import type { ExposureOptions } from './exposure-options.ts';
import { createProgress } from './exposure-progress.ts';
import { type FamilyExposure, planOfSettings, type SettingsPlan } from './exposure-settings.ts';
import type { Asked } from './exposure-survey.ts';
import { configNames, loadFamily } from './load-family.ts';
import type { Terminal } from './terminal.ts';

/**
 * `latchkey exposure`: reads DNS and the cookie, judges, writes the report. Throws `exposure_found` at findings of the level
 * of `--fail-on` and after an interruption, `input_invalid` for what cannot be read.
 */
export async function exposure(
  terminal: Terminal,
  options: ExposureOptions,
  version: string,
): Promise<void> {
  const config = await readConfig(options);
  const plan = await planOf(terminal, options, config);
  const audited = await audit(plan, (work) => withInterruption(terminal, work));
  write(terminal, options, render(terminal, { ...options, version }, audited.report));
  refuseFindings(audited, options.failOn ?? config.settings?.failOn ?? 'low');
}

/** What the config says of exposure counts beside the command line; inputs of the command line stand in place of its own. */
async function planOf(
  terminal: Terminal,
  options: ExposureOptions,
  { subject, settings }: ReadConfig,
): Promise<AuditPlan> {
  const plan = settings?.plan;
  const ranges = [...(plan?.ownRanges ?? []), ...(options.ownRange ?? [])];
  return {
    sources: await sourcesOf(terminal, options, plan?.sources),
    readSubject: () => subject,
    offline: options.offline === true,
    resolver: options.resolver ?? plan?.resolver,
    ownDomains: [...(plan?.ownDomains ?? []), ...(options.ownDomain ?? [])],
    ownRanges: ranges,
    accepted: [...(plan?.accepted ?? []), ...(options.accept ?? [])],
    given: { ...plan?.given, ...readFiles(options) },
  };
}

/** Ctrl-C ends the questions: what was answered is reported as a part. */
async function withInterruption<T>(
  terminal: Terminal,
  work: (asked: Asked) => Promise<T>,
): Promise<T> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  const progress = createProgress(terminal);
  process.on('SIGINT', interrupt);
  try {
    return await work({ signal: interruption.signal, onProgress: progress.show });
  } finally {
    progress.clear();
    process.off('SIGINT', interrupt);
  }
}

interface Settings {
  readonly plan: SettingsPlan;
  readonly failOn: FamilyExposure['failOn'];
}

/** The cookie and its apps, and what the config says of exposure. */
interface ReadConfig {
  readonly subject: Subject;
  readonly settings: Settings | null;
}

async function readConfig(options: ExposureOptions): Promise<ReadConfig> {
  const cookie = cookieOf(options);
  if (cookie === null && options.cookieHost !== undefined) {
    throw refuse('--cookie-host goes with --cookie.');
  }
  const apps = options.app ?? [];
  if (options.config === undefined && cookie !== null) {
    return { subject: subjectOf(cookie, null, apps), settings: null };
  }
  // Loading a config makes its folder the working one: every other path is relative to the one before.
  const before = process.cwd();
  const family = await loadConfig(options.config);
  const folder = process.cwd();
  process.chdir(before);
  const exposure = family.exposure ?? null;
  const at = (path: string): string => relative(before, resolve(folder, path));
  return {
    subject: subjectOf(cookie, family, apps),
    settings:
      exposure === null ? null : { plan: planOfSettings(exposure, at), failOn: exposure.failOn },
  };
}

/** Without a config there may still be a cookie on the command line: the message says so. */
async function loadConfig(path: string | undefined): ReturnType<typeof loadFamily> {
  try {
    return await loadFamily(path);
  } catch (error) {
    const isMissing = hasCode<CliErrorCode>(error, 'config_not_found');
    if (!isMissing || path !== undefined) throw error;
    throw refuse(
      `There is no cookie: give --cookie or --har, or run it where ${configNames[0]} is.`,
      error,
    );
  }
}

/** What is in files beside the inputs. */
function readFiles(options: ExposureOptions): AuditPlan['given'] {
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
  ofConfig: InputSources | undefined,
): Promise<InputSources> {
  const { zone, axfr, hosts, ct, route53, cloudflare, origin, includeFolder } = options;
  const exported = options.export;
  if ([zone, axfr, hosts, ct, route53, cloudflare, exported].every((one) => one === undefined)) {
    if (ofConfig !== undefined) return ofConfig;
    throw refuse(
      'Nothing to look at: give --zone, --axfr, --export, --hosts, --ct, --route53 or --cloudflare, or a config with exposure.',
    );
  }
  return {
    ...(zone === undefined ? {} : { zoneFiles: await withStandardInput(terminal, zone) }),
    ...(origin === undefined ? {} : { zoneOrigin: origin }),
    ...(includeFolder === undefined ? {} : { includeFolders: includeFolder }),
    ...(exported === undefined ? {} : { exports: await withStandardInput(terminal, exported) }),
    ...(hosts === undefined ? {} : { hostLists: await withStandardInput(terminal, hosts) }),
    ...(ct === undefined ? {} : { certificateLogs: ct }),
    ...(route53 === undefined ? {} : { route53 }),
    ...(cloudflare === undefined ? {} : { cloudflare }),
    ...(axfr === undefined
      ? {}
      : { transfers: axfr.map((one) => transferOf(one, options.resolver?.[0])) }),
  };
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

function render(
  terminal: Terminal,
  options: ExposureOptions & { readonly version: string },
  report: ExposureReport,
): string {
  const { version } = options;
  if (options.json === true) return toJson(report);
  if (options.sarif === true) return toSarif(report, { version });
  if (options.html === true) return toHtml(report);
  const { stdout, environment } = terminal;
  const isTerminal = 'isTTY' in stdout && stdout.isTTY === true && options.out === undefined;
  const columns = 'columns' in stdout && isTerminal ? Number(stdout.columns) : 100;
  return toText(report, { colour: isTerminal && !environment['NO_COLOR'], columns });
}

function write({ stdout }: Terminal, { out }: ExposureOptions, text: string): void {
  if (out === undefined) {
    stdout.write(text);
    return;
  }
  try {
    writeFileSync(out, text);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'it failed';
    throw refuse(`${out} cannot be written: ${why}.`, error);
  }
}

function refuseFindings(audited: Audited, failOn: FamilyExposure['failOn']): void {
  const { findings, partial } = audited.report;
  if (partial) throw found('The check was interrupted: the report is a part only.');
  const gap = gapOf(audited);
  if (gap !== null) throw refuse(gap);
  const bad = findings.filter(({ severity }) => isAtLeast(severity, failOn)).length;
  if (bad === 0) return;
  const words = bad === 1 ? 'One finding is' : `${bad} findings are`;
  throw found(`${words} ${failOn}${failOn === 'critical' ? '' : ' or worse'}.`);
}

function found(message: string): LatchkeyError<CliErrorCode> {
  return new LatchkeyError<CliErrorCode>('exposure_found', message);
}
