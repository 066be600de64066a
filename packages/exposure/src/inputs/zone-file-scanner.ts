import type { InputProblem } from './dns-record.ts';

/** One word of an entry. Escapes are still in it; `quoted` words stood between quotes, which are gone. */
export interface Word {
  readonly text: string;
  readonly quoted: boolean;
}

/** One entry of a master file: a line, or the lines that a pair of parentheses joins. */
export interface Entry {
  /** Line of its first word, from 1. */
  readonly line: number;
  /** It begins with white space: the owner is that of the entry before. */
  readonly ownerless: boolean;
  readonly words: readonly Word[];
  /** The text after the last `;`, where there was one. */
  readonly comment: string;
}

export interface ScanProblem {
  readonly line: number;
  readonly reason: InputProblem;
  readonly message: string;
}

const tab = 0x09;
const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const quote = 0x22;
const openParenthesis = 0x28;
const closeParenthesis = 0x29;
const semicolon = 0x3b;
const backslash = 0x5c;
const wordEnd: ReadonlySet<number> = new Set([
  ...[
    tab,
    newline,
    carriageReturn,
    space,
    quote,
    openParenthesis,
    closeParenthesis,
    semicolon,
    backslash,
  ],
]);
const quotedEnd: ReadonlySet<number> = new Set([quote, backslash, newline]);

interface Scan {
  readonly text: string;
  readonly report: (problem: ScanProblem) => void;
  at: number;
  line: number;
}

/**
 * Cuts a master file into entries (RFC 1035 s.5.1): white space, comments, quoted strings, parentheses. One pass, no
 * interpretation. A quoted string ends at its line's end at the latest.
 */
export function* scanZoneFile(
  text: string,
  report: (problem: ScanProblem) => void,
): Generator<Entry, void, undefined> {
  // A byte order mark is no part of the first owner.
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const scan: Scan = { text, report, at: start, line: 1 };
  while (scan.at < text.length) {
    const entry = readEntry(scan);
    if (entry !== null && entry.words.length > 0) yield entry;
  }
}

/** The next entry; null where the file ends inside a parenthesis. */
function readEntry(scan: Scan): Entry | null {
  const { text } = scan;
  const words: Word[] = [];
  const first = text.charCodeAt(scan.at);
  const ownerless = first === space || first === tab;
  let line = 0;
  let openLine = 0;
  let depth = 0;
  let comment = '';
  while (scan.at < text.length) {
    const code = text.charCodeAt(scan.at);
    if (code === semicolon) comment = readComment(scan);
    else if (isSeparator(code)) {
      scan.at += 1;
      if (code === openParenthesis) {
        depth += 1;
        openLine = scan.line;
      } else if (code === closeParenthesis) {
        depth = closeOne(scan, depth);
      } else if (code === newline) {
        scan.line += 1;
        if (depth === 0) break;
      }
    } else {
      if (line === 0) line = scan.line;
      words.push(code === quote ? readQuoted(scan) : readWord(scan));
    }
  }
  if (depth === 0) return { line, ownerless, words, comment };
  // The rest of the file is inside: what it would have been is anybody's guess.
  const message = 'A parenthesis is never closed; the rest is lost.';
  scan.report({ line: openLine, reason: 'unclosed-parenthesis', message });
  return null;
}

function isSeparator(code: number): boolean {
  if (code === space || code === tab || code === newline || code === carriageReturn) return true;
  return code === openParenthesis || code === closeParenthesis;
}

function closeOne(scan: Scan, depth: number): number {
  if (depth > 0) return depth - 1;
  const message = 'A closing parenthesis without an opening one.';
  scan.report({ line: scan.line, reason: 'bad-syntax', message });
  return 0;
}

function readComment(scan: Scan): string {
  const end = scan.text.indexOf('\n', scan.at);
  const start = scan.at + 1;
  scan.at = end === -1 ? scan.text.length : end;
  return scan.text.slice(start, scan.at);
}

function readWord(scan: Scan): Word {
  const start = scan.at;
  while (findNext(scan, wordEnd) === backslash) skipEscape(scan);
  return { text: scan.text.slice(start, scan.at), quoted: false };
}

function readQuoted(scan: Scan): Word {
  scan.at += 1;
  const start = scan.at;
  let code = findNext(scan, quotedEnd);
  while (code === backslash) {
    skipEscape(scan);
    code = findNext(scan, quotedEnd);
  }
  const word = { text: scan.text.slice(start, scan.at), quoted: true };
  const message = 'A quoted string is not closed on its line.';
  if (code === quote) scan.at += 1;
  else scan.report({ line: scan.line, reason: 'unclosed-quote', message });
  return word;
}

/** Goes to the next character of the set, or to the end; gives its code. */
function findNext(scan: Scan, set: ReadonlySet<number>): number {
  let code = scan.text.charCodeAt(scan.at);
  while (!Number.isNaN(code) && !set.has(code)) {
    scan.at += 1;
    code = scan.text.charCodeAt(scan.at);
  }
  return code;
}

/** Goes past a backslash and its character; a line's end is never escaped. */
function skipEscape(scan: Scan): void {
  const escaped = scan.text.charCodeAt(scan.at + 1);
  scan.at += Number.isNaN(escaped) || escaped === newline ? 1 : 2;
}
