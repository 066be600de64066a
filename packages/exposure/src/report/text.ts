// Owns how a report looks: text for a terminal, HTML, JSON, SARIF. Nothing is judged here: findings,
// severity and advice are in the report that comes in. Every name in it came from outside and is escaped
// here.

import { styleText } from 'node:util';
import type { ExposureReport, Finding, HostReport } from '../exposure-report.ts';
import { isForeignReceiver } from '../exposure-report.ts';
import { rules } from '../rules.ts';
import type { Severity } from '../severity.ts';
import { severities } from '../severity.ts';
import { coverageMessages } from './coverage-messages.ts';
import { plainText } from './plain-text.ts';

/** How the text is made. */
export interface TextOptions {
  /** Colours for a terminal. Default false. */
  readonly colour?: boolean;
  /** Columns, 40 to 200. Default 100. */
  readonly columns?: number;
}

type Paint = (severity: Severity, text: string) => string;
type Style = Parameters<typeof styleText>[0];

const styles: Readonly<Record<Severity, Style>> = {
  none: 'dim',
  low: 'cyan',
  medium: 'yellow',
  high: 'red',
  critical: ['bold', 'red'],
};

/** The report for people, worst first. Names are data: no control character of theirs reaches the terminal. */
export function toText(report: ExposureReport, options: TextOptions = {}): string {
  const { colour = false } = options;
  const columns = Math.min(200, Math.max(40, options.columns ?? 100));
  const style = (format: Style, text: string): string =>
    colour ? styleText(format, text, { validateStream: false }) : text;
  const paint: Paint = (severity, text) => style(styles[severity], text);
  const heading = (text: string): string => style('bold', text);
  const parts = [
    [heading(headline(report)), ...wrap(summary(report), columns, '')],
    findingLines(report.findings, paint, columns),
    changeLines(report, heading, columns),
    coverageLines(report, heading, columns),
    adviceLines(report, heading, columns),
    noteLines(report.notes, heading, columns),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** `sid, Domain=example.com`. */
export function cookieWords({ name, domain, hostOnly }: ExposureReport['cookie']): string {
  const shown = name === '' ? '(nameless)' : name;
  if (!hostOnly) return plainText(`${shown}, Domain=${domain}`);
  return plainText(domain === null ? `${shown}, host-only` : `${shown}, host-only at ${domain}`);
}

/** How many hosts there are of what, in one sentence. */
export function summary({ hosts, findings, accepted, partial, coverage }: ExposureReport): string {
  const receivers = hosts.filter(({ receives }) => receives);
  const foreign = hosts.filter(isForeignReceiver);
  const counts = [...severities]
    .reverse()
    .map((severity) => [countOf(findings, severity), severity] as const)
    .filter(([count, severity]) => count > 0 && severity !== 'none')
    .map(([count, severity]) => `${count} ${severity}`);
  const noFindings = coverage.gap === null ? 'No findings' : 'Not checked';
  const found = counts.length === 0 ? noFindings : `Findings: ${counts.join(', ')}`;
  const taken = accepted.length === 0 ? '' : ` (${accepted.length} accepted)`;
  const cut = partial ? ' Interrupted: this is a part only.' : '';
  return `${numbered(hosts.length, 'host')}, ${receivers.length} ${receivers.length === 1 ? 'receives' : 'receive'} the cookie, ${foreign.length} of these run by others. ${found}${taken}.${cut}`;
}

function headline({ cookie }: ExposureReport): string {
  return `Who receives the cookie ${cookieWords(cookie)}`;
}

function findingLines(findings: readonly Finding[], paint: Paint, columns: number): string[] {
  const width = Math.max(...severities.map((one) => one.length));
  const indent = ' '.repeat(width + 2);
  const advised = new Set<string>();
  return findings.flatMap(({ severity, host, ruleId, message }) => {
    const remedy = advised.has(ruleId) ? [] : wrap(`-> ${rules[ruleId].remedy}`, columns, indent);
    advised.add(ruleId);
    return [
      `${paint(severity, severity.padEnd(width))}  ${plainText(host) || '(the cookie)'}  ${paint('none', ruleId)}`,
      ...wrap(message, columns, indent),
      ...remedy,
    ];
  });
}

function changeLines(
  { changes }: ExposureReport,
  heading: (text: string) => string,
  columns: number,
): string[] {
  if (changes === null) return [];
  const line = (mark: string, { severity, host, ruleId }: Finding): string[] =>
    wrap(`${mark} ${severity} ${host} ${ruleId}`, columns, '  ');
  const lines = [
    ...changes.new.flatMap((finding) => line('+', finding)),
    ...changes.gone.flatMap((finding) => line('-', finding)),
    ...changes.changed.flatMap(({ now }) => line('~', now)),
  ];
  const words = `${changes.new.length} new, ${changes.gone.length} gone, ${changes.changed.length} changed`;
  return [heading(`Since ${plainText(changes.since)}: ${words}`), ...lines];
}

function coverageLines(
  { coverage }: ExposureReport,
  heading: (text: string) => string,
  columns: number,
): string[] {
  const lines = coverageMessages(coverage).flatMap((one) => wrap(one, columns, '  '));
  return [heading('What was read'), ...lines];
}

function adviceLines(
  { advice }: ExposureReport,
  heading: (text: string) => string,
  columns: number,
): string[] {
  const steps = advice.migration?.steps ?? [];
  return [
    heading('Advice'),
    ...wrap(advice.summary, columns, '  '),
    ...advice.costs.flatMap((cost) => wrap(`Costs: ${cost}`, columns, '  ')),
    ...advice.breaks.flatMap((one) => wrap(`Breaks: ${one}`, columns, '  ')),
    ...advice.alternatives.flatMap((one) => wrap(`Or: ${one.summary}`, columns, '  ')),
    ...(advice.migration === null ? [] : wrap(`Config: ${advice.migration.config}`, columns, '  ')),
    ...steps.flatMap((step, index) => wrap(`${index + 1}. ${step}`, columns, '  ')),
  ];
}

function noteLines(
  notes: readonly string[],
  heading: (text: string) => string,
  columns: number,
): string[] {
  if (notes.length === 0) return [];
  return [heading('Notes'), ...notes.flatMap((note) => wrap(note, columns, '  '))];
}

/** Lines of at most `columns`, broken at blanks; a longer word has a line of its own. */
function wrap(text: string, columns: number, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of plainText(text).split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > columns) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, indent + line];
}

function countOf(findings: readonly (Finding | HostReport)[], severity: Severity): number {
  return findings.filter((one) => one.severity === severity).length;
}

function numbered(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
