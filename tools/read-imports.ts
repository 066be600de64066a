import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One import or re-export of one file. */
export interface Import {
  /** Path of the importing file from the root of the repository, with `/`. */
  readonly file: string;
  readonly line: number;
  readonly specifier: string;
  /** `type` is erased before it runs, `lazy` is an `import()` call. */
  readonly kind: 'value' | 'type' | 'lazy';
}

// At the start of a line, so that code inside a string of a test is seldom taken for an import.
const staticImport =
  /^[ \t]*(?:import|export)\s+(type\s+)?(?:[^'"`;=()]*?\bfrom\s+)?(['"])([^'"\n]+)\2/gm;
const lazyImport = /\bimport\(\s*(['"])([^'"\n]+)\1/g;

/** The imports of a TypeScript file, in order of kind. Comments are left out; template strings are not looked into. */
export function readImports(root: string, file: string): Import[] {
  return parseImports(file, readFileSync(join(root, file), 'utf8'));
}

/** As {@link readImports}, from the text of the file. */
export function parseImports(file: string, text: string): Import[] {
  const code = blankComments(text);
  const found: Import[] = [];
  for (const match of code.matchAll(staticImport)) {
    const kind = match[1] === undefined ? 'value' : 'type';
    found.push({ file, line: lineAt(code, match.index), specifier: match[3] ?? '', kind });
  }
  for (const match of code.matchAll(lazyImport)) {
    found.push({ file, line: lineAt(code, match.index), specifier: match[2] ?? '', kind: 'lazy' });
  }
  return found;
}

// Line ends stay, so that line numbers stay true.
function blankComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/^[ \t]*\/\/.*$/gm, '');
}

function lineAt(text: string, index: number): number {
  // A match may begin with the blank lines before it: count to its first visible character.
  const start = index + (text.slice(index).match(/^\s*/)?.[0].length ?? 0);
  return text.slice(0, start).split('\n').length;
}
