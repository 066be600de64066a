import { isBuiltin } from 'node:module';
import { codeBlocks, type MarkdownPage } from './markdown.ts';

/** Whoever reads these is a project already: an option looked up, a decision on record, the map of this repository. */
const withoutInstalls = /^(docs\/((configuration|events)\.md|decisions\/)|[A-Z]+\.md$)/;

/** `from 'x'`, `import 'x'`, `import('x')` and `require('x')`, but for files of the page's own. */
const bareImport = /(?:from|import|import\(|require\()\s*'([^'./][^']*)'/g;

/** Packages that the code of a page imports and that no `npm install` of the page names: who copies it would stop there. */
export function missingInstalls(pages: readonly MarkdownPage[]): string[] {
  return pages
    .filter(({ file }) => !withoutInstalls.test(file))
    .flatMap(({ file, text }) => {
      const installed = installedBy(text);
      return [...importedBy(text)]
        .filter((name) => !installed.has(name))
        .map((name) => `${file} imports ${name}, which no npm install of the page names`);
    });
}

function importedBy(text: string): ReadonlySet<string> {
  const code = codeBlocks(text).filter(({ language }) => language === 'ts');
  const imports = code.flatMap((block) => [...block.code.matchAll(bareImport)]);
  const names = imports.map(([, path = '']) => path).filter((path) => !isBuiltin(path));
  return new Set(names.map(packageOf));
}

/** What the lines and code spans of the page that begin with `npm install` name, without versions. */
function installedBy(text: string): ReadonlySet<string> {
  const commands = [...text.matchAll(/npm install([^\n`#]*)/g)].map(([, words = '']) => words);
  const words = commands.flatMap((command) => command.trim().split(/\s+/));
  return new Set(words.map((word) => word.replace(/(?<=.)@[^@/]*$/, '')));
}

function packageOf(path: string): string {
  return path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/');
}
