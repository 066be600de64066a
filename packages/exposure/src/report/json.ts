import type { ExposureReport } from '../exposure-report.ts';

/** The report as `packages/exposure/schema/report-1.json` describes it, a line for each host and finding: small differences stay small. */
export function toJson(report: ExposureReport): string {
  let text = '{';
  for (const [name, value] of Object.entries(report)) {
    text += `${text === '{' ? '' : ','}\n  ${JSON.stringify(name)}: `;
    text = withValue(text, value);
  }
  return `${text}\n}\n`;
}

/** Appends rather than joins: a list of 100,000 lines beside their sum is what takes memory. */
function withValue(before: string, value: unknown): string {
  if (!Array.isArray(value)) return before + JSON.stringify(value);
  if (value.length === 0) return `${before}[]`;
  let text = `${before}[`;
  value.forEach((one: unknown, index) => {
    text += `${index === 0 ? '' : ','}\n    ${JSON.stringify(one)}`;
  });
  return `${text}\n  ]`;
}
