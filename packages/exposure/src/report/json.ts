import type { ExposureReport } from '../exposure-report.ts';

/** The report as `schema/report-1.json` describes it, a line for each host and finding: small differences stay small. */
export function toJson(report: ExposureReport): string {
  const members = Object.entries(report).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${memberText(value)}`,
  );
  return `{\n${members.join(',\n')}\n}\n`;
}

function memberText(value: unknown): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  if (value.length === 0) return '[]';
  return `[\n${value.map((one) => `    ${JSON.stringify(one)}`).join(',\n')}\n  ]`;
}
