import { readFileSync, statSync } from 'node:fs';
import type { InputProblem } from './dns-record.ts';

export type TextResult =
  | { readonly kind: 'text'; readonly file: string; readonly text: string }
  | { readonly kind: 'problem'; readonly reason: InputProblem; readonly message: string };

/** The longest input that is read, in bytes. */
export const inputLimit: number = 256 * 1024 * 1024;

/** The text of a regular file up to {@link inputLimit}. */
export function readTextFile(path: string): TextResult {
  try {
    const found = statSync(path);
    if (!found.isFile()) return problem('unreadable', 'It is not a regular file.');
    if (found.size > inputLimit) {
      return problem('too-large', `It has more than ${inputLimit} bytes.`);
    }
    return decodeText(readFileSync(path), path);
  } catch (cause) {
    return problem('unreadable', `It cannot be read: ${codeOf(cause)}.`);
  }
}

/** UTF-8, or UTF-16 with a byte order mark, as PowerShell writes what is redirected. The mark is left out. */
export function decodeText(octets: Buffer, file: string): TextResult {
  const [first, second] = octets;
  if (first === 0xff && second === 0xfe) return text(octets.subarray(2), 'utf-16le', file);
  if (first === 0xfe && second === 0xff) return text(octets.subarray(2), 'utf-16be', file);
  const what = binaryKind(octets);
  if (what !== null) return problem('not-text', what);
  return text(octets, 'utf-8', file);
}

function text(octets: Buffer, encoding: string, file: string): TextResult {
  return { kind: 'text', file, text: new TextDecoder(encoding).decode(octets) };
}

/** What is no text, by its first octets. */
function binaryKind(octets: Buffer): string | null {
  const start = octets.toString('latin1', 0, 4);
  if (start.startsWith('\u001f\u008b')) return 'It is compressed (gzip): unpack it first.';
  if (start.startsWith('PK'))
    return 'It is a ZIP archive or a spreadsheet: export it as CSV or unpack it.';
  if (start === '%PDF') return 'It is a PDF.';
  const zero = octets.subarray(0, 4_096).indexOf(0);
  if (zero === -1) return null;
  return zero < 2
    ? 'It looks like UTF-16 without a byte order mark: save it as UTF-8.'
    : 'It is no text: a zone in the raw format of BIND is made text by named-compilezone -f raw -F text.';
}

function problem(reason: InputProblem, message: string): TextResult {
  return { kind: 'problem', reason, message };
}

export function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
}
