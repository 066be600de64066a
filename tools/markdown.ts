import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A Markdown file of the repository. */
export interface MarkdownPage {
  /** Relative to the repository, with forward slashes. */
  readonly file: string;
  readonly text: string;
}

/** A fenced block of code. */
export interface CodeBlock {
  readonly language: string;
  readonly code: string;
  /** Of its first line of code, counted from 1. */
  readonly line: number;
}

const ignored = [/(^|\/)node_modules\//, /(^|\/)dist\//, /^\./, /\/fixtures\//, /^packed\//];

/** Every page of the repository that is written by hand. */
export function readPages(root: string): readonly MarkdownPage[] {
  return globSync('**/*.md', { cwd: root, exclude: ['**/node_modules', '**/dist'] })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !ignored.some((pattern) => pattern.test(file)))
    .sort()
    .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
}

/** The fenced blocks of a page, in its order. */
export function codeBlocks(text: string): readonly CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { language: string; lines: string[]; line: number } | null = null;
  text.split('\n').forEach((line, index) => {
    const fence = /^```(\w*)\s*$/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === null) open = { language: fence[1] ?? '', lines: [], line: index + 2 };
    else {
      blocks.push({ language: open.language, code: open.lines.join('\n'), line: open.line });
      open = null;
    }
  });
  return blocks;
}

/** The text with code blocks and code spans blanked out, lines kept: what is left is prose. */
export function proseOf(text: string): string {
  let isCode = false;
  return text
    .split('\n')
    .map((line) => {
      const isFence = line.startsWith('```');
      if (isFence) isCode = !isCode;
      return isFence || isCode ? '' : line.replace(/`[^`]*`/g, '');
    })
    .join('\n');
}

/** The part of a page under a heading, down to the next heading of the same or a higher level; '' when there is none. */
export function sectionOf(text: string, heading: string): string {
  const lines = text.split('\n');
  const start = lines.indexOf(heading);
  if (start === -1) return '';
  const level = /^#+/.exec(heading)?.[0].length ?? 0;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => {
    const other = /^(#+) /.exec(line)?.[1]?.length ?? Number.POSITIVE_INFINITY;
    return other <= level;
  });
  return (end === -1 ? rest : rest.slice(0, end)).join('\n');
}

/** What stands as code in the first column of the tables of a text: "| `name` | …". */
export function firstColumn(text: string): readonly string[] {
  return [...text.matchAll(/^\|\s*`([^`]+)`[^|]*\|/gm)].map((match) => match[1] ?? '');
}
