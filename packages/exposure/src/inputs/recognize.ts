import { parseCsv } from './csv.ts';
import type { InputProblem } from './dns-record.ts';
import type { ExportFormat } from './export-format.ts';
import { exportFormats } from './export-formats.ts';
import { type JsonObject, objectsOf, parseJsonValues } from './json-shape.ts';
import { hostTable, recordList } from './record-list.ts';
import { exportAdvice, otherInput } from './unknown-input.ts';
import { isYaml, parseYaml } from './yaml-documents.ts';

/** What the caller takes an input for, where its shape does not say. */
export type InputKind = 'zone' | 'hosts' | 'certificates' | 'any';

export type Recognized =
  | { readonly kind: 'zone' }
  | { readonly kind: 'hosts' }
  | {
      readonly kind: 'export';
      readonly format: ExportFormat;
      readonly objects: readonly JsonObject[];
    }
  | { readonly kind: 'problem'; readonly reason: InputProblem; readonly message: string };

/** What a text is, by its shape; by what the caller takes it for where it could be either. */
export async function recognize(text: string, file: string, kind: InputKind): Promise<Recognized> {
  if (/^\s*[[{]/.test(text)) return ofValues(parseJsonValues(text), 'JSON', text);
  if (isYaml(text, file)) return ofValues(await parseYaml(text), 'YAML', text);
  const rows = parseCsv(text);
  if (rows !== null && recordList.matches(rows)) {
    return { kind: 'export', format: recordList, objects: rows };
  }
  const other = otherInput(text);
  if (other !== null) return { kind: 'problem', reason: 'unknown-format', message: other };
  const isTable = rows !== null && rows.length > 0 && hostTable.matches(rows);
  if (isTable && kind !== 'zone') return { kind: 'export', format: hostTable, objects: rows };
  return ofLines(text, kind);
}

function ofValues(values: readonly unknown[] | null, what: string, text: string): Recognized {
  if (values === null) {
    return { kind: 'problem', reason: 'bad-json', message: `It is no valid ${what}.` };
  }
  if (values.length > 0 && values.every((one) => typeof one === 'string')) {
    return { kind: 'export', format: hostTable, objects: values.map((host) => ({ host })) };
  }
  const objects = objectsOf(values);
  const format = exportFormats.find((one) => one.matches(objects));
  if (format !== undefined) return { kind: 'export', format, objects };
  const message =
    otherInput(text) ?? `It is ${what}, but of no kind that is known. ${exportAdvice}`;
  return { kind: 'problem', reason: 'unknown-format', message };
}

const directiveLine = /^\$(?:ORIGIN|TTL|INCLUDE|GENERATE)\s/im;
const recordLine =
  /^\S*[ \t]+(?:\d+[smhdw]?[ \t]+)?(?:IN[ \t]+)?(?:SOA|NS|A|AAAA|CNAME|MX|TXT)[ \t]+\S/im;

function ofLines(text: string, kind: InputKind): Recognized {
  const isZone = directiveLine.test(text) || recordLine.test(text);
  if (isZone) return { kind: 'zone' };
  if (kind === 'certificates') {
    const message = 'It is not the JSON of a certificate log: an array, or one object a line.';
    return { kind: 'problem', reason: 'bad-json', message };
  }
  if (kind !== 'zone' || isListOfHosts(text)) return { kind: 'hosts' };
  return { kind: 'zone' };
}

/** Lines of one word each, most of them with a dot: no record has less than an owner, a type and data. */
function isListOfHosts(text: string): boolean {
  const lines = text.split('\n').map((line) => line.replace(/[#;].*/, '').trim());
  const written = lines.filter((line) => line !== '');
  return written.length > 0 && written.every((line) => /^\S+\.\S+$/.test(line));
}
