import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/** A file or folder, as code spans name it; `*` may stand for any part of a name. */
const pathSpan = /`((?:[\w.*-]+\/)*(?:[\w.*-]+\.(?:ts|mjs|lua|json|md)|[\w.*-]+\/))`/g;
/** The base of a table: a folder in the head of one of its columns. */
const tableBase = /^\|.*\(`([\w./-]+\/)`\).*\|$/;
/** A file with its folder in a comment, in a code span or not; not part of a URL, a package's name or a relative path. */
const filePath = /(?<![\w./@:<-])((?:[\w-]+\/)+[\w.-]+\.(?:ts|mjs|lua|json|md))\b/g;
/** What stands in a code span alone: a file beside this one, or a folder of the package. */
const shortSpan = /`([\w.-]+\.(?:ts|mjs|lua)|(?:[\w-]+\/)+)`/g;
/** Files of the reader's own project, which pages and comments may name. */
const readersFiles = ['latchkey.config.ts', 'proxy.ts'];

/**
 * Paths of a page that lead nowhere. They are whole: from the root of the repository, in a table that says so in its head
 * ("file (`packages/session/src/`)") from that folder.
 */
export function brokenPagePaths(root: string, file: string, text: string): string[] {
  let base = '';
  return text.split('\n').flatMap((line, index) => {
    if (!line.startsWith('|')) base = '';
    const head = tableBase.exec(line)?.[1];
    if (head !== undefined && base === '') base = head;
    const wrong = [...line.matchAll(pathSpan)]
      .map(([, path = '']) => path)
      .filter((path) => path !== base && !readersFiles.includes(path))
      .filter((path) => !exists(root, base + path));
    return wrong.map((path) => `${file}:${index + 1} ${base}${path}: there is no such file`);
  });
}

/**
 * Paths in comments of the source that lead nowhere: whole ones from the root of the repository, a name alone beside the
 * file, a folder in the package's source or beside the file.
 */
export function brokenCommentPaths(root: string): string[] {
  const sources = globSync('{packages,examples,e2e,tools,bench}/**/*.{ts,mjs}', {
    cwd: root,
    exclude: ['**/node_modules', '**/dist', '**/foreign-tools', '**/node-versions'],
  });
  return sources.sort().flatMap((source) => {
    const file = source.replaceAll('\\', '/');
    return brokenIn(root, file, readFileSync(join(root, file), 'utf8'));
  });
}

/** The same for the text of one file. */
export function brokenIn(root: string, file: string, source: string): string[] {
  const folder = dirname(file);
  return commentsOf(source).flatMap(({ text, line }) => {
    const whole = [...text.matchAll(filePath)]
      .map(([, path = '']) => path)
      .filter((path) => !exists(root, path));
    const short = [...text.matchAll(shortSpan)]
      .map(([, path = '']) => path)
      .filter((path) => !readersFiles.includes(path))
      .filter((path) => !placesOf(folder, path).some((at) => exists(root, posix.join(at, path))));
    return [...whole, ...short].map((path) => `${file}:${line} ${path}: there is no such file`);
  });
}

/** Where a short path may lead: a file beside this one; a folder there, in the package's source or at the root. */
function placesOf(folder: string, path: string): readonly string[] {
  if (!path.endsWith('/')) return [folder];
  const packageSource = /^packages\/[^/]+\/src/.exec(folder)?.[0] ?? folder;
  return [folder, packageSource, '.'];
}

/** The lines that are comment, without code of examples. */
function commentsOf(source: string): readonly { readonly text: string; readonly line: number }[] {
  let isCode = false;
  return source.split('\n').flatMap((text, index) => {
    const comment = /^\s*(?:\/\/|\/?\*)(.*)$/.exec(text)?.[1] ?? /\s\/\/ (.*)$/.exec(text)?.[1];
    if (comment === undefined) return [];
    if (comment.trimStart().startsWith('```')) isCode = !isCode;
    return isCode ? [] : [{ text: comment, line: index + 1 }];
  });
}

function exists(root: string, path: string): boolean {
  return path.includes('*')
    ? globSync(path, { cwd: root }).length > 0
    : existsSync(join(root, path));
}
