import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codeBlocks, type MarkdownPage } from './markdown.ts';

/** Code of a page as a file of its own. */
export interface Snippet {
  /** `docs/cli.md/latchkey.config.ts`: a folder for each page. */
  readonly file: string;
  /** With as many empty lines before it as stand above it on the page: line numbers are those of the page. */
  readonly code: string;
}

/** Where the files are written, in the repository so that imports resolve; ignored by git. */
export const snippetFolder = '.docs-snippets';

/** A block may say in its first line which file it is, after two slashes. */
const fileLine = /^\/\/ ([\w./-]+\.ts)\b/;
/** What snippets import but readers need not see stands in a comment of the page: "<!-- file: my-store.ts". */
const hiddenFile = /^<!-- file: ([\w./-]+\.ts)\n([\s\S]*?)^-->$/gm;
/** What a page's snippets import as the family; a page without one of its own gets that of README.md. */
const config = 'latchkey.config.ts';

/** The TypeScript of the pages. */
export function snippetsOf(pages: readonly MarkdownPage[]): readonly Snippet[] {
  const snippets = pages.flatMap((page) => [...shownSnippets(page), ...hiddenSnippets(page)]);
  return [...snippets, ...familyFor(pages, snippets)];
}

function shownSnippets({ file, text }: MarkdownPage): readonly Snippet[] {
  return codeBlocks(text)
    .filter(({ language }) => language === 'ts')
    .map(({ code, line }) => ({
      file: `${file}/${fileLine.exec(code)?.[1] ?? `line-${line}.ts`}`,
      code: `${'\n'.repeat(line - 1)}${code}\n`,
    }));
}

function hiddenSnippets({ file, text }: MarkdownPage): readonly Snippet[] {
  return [...text.matchAll(hiddenFile)].map((match) => ({
    file: `${file}/${match[1] ?? ''}`,
    code: `${'\n'.repeat(text.slice(0, match.index).split('\n').length)}${match[2] ?? ''}`,
  }));
}

/** The compiler's complaints about the snippets, each with page and line. Empty when all is well. */
export function snippetComplaints(root: string, pages: readonly MarkdownPage[]): string[] {
  const folder = join(root, snippetFolder);
  rmSync(folder, { recursive: true, force: true });
  const snippets = snippetsOf(pages);
  const names = snippets.map(({ file }) => file);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) return twice.map((name) => `${name} stands twice on its page`);
  for (const { file, code } of snippets) {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, code);
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings()));
  const args = ['-p', join(snippetFolder, 'tsconfig.json'), '--pretty', 'false'];
  const result = spawnSync('tsc', args, { cwd: root, encoding: 'utf8' });
  if (result.error !== undefined) throw result.error;
  // What is wrong in the code itself is another check's.
  const lines = result.stdout
    .split('\n')
    .filter((line) => /^(\.docs-snippets\/|error )/.test(line));
  return lines.map((line) => line.replace(`${snippetFolder}/`, ''));
}

/** The workspace's settings, without what only concerns the code of libraries. */
function settings(): object {
  return {
    extends: '../tsconfig.base.json',
    compilerOptions: {
      noEmit: true,
      composite: false,
      incremental: false,
      skipLibCheck: true,
      declaration: false,
      declarationMap: false,
      isolatedDeclarations: false,
      noUnusedLocals: false,
      noUnusedParameters: false,
      noPropertyAccessFromIndexSignature: false,
      moduleDetection: 'force',
      rootDir: '..',
    },
    include: ['**/*.ts'],
  };
}

function familyFor(
  pages: readonly MarkdownPage[],
  snippets: readonly Snippet[],
): readonly Snippet[] {
  const family = snippets.find(({ file }) => file === `README.md/${config}`);
  if (family === undefined) return [];
  const has = (file: string): boolean => snippets.some((snippet) => snippet.file === file);
  return pages
    .filter(({ file }) => !has(`${file}/${config}`))
    .map(({ file }) => ({ file: `${file}/${config}`, code: family.code }));
}
