import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { differences } from './doc-options.ts';
import { firstColumn, type MarkdownPage, sectionOf } from './markdown.ts';

const packages = 'packages/*/package.json';
/** Workspaces that are not published have names as well. */
const unpublished = '{e2e,examples/*}/package.json';
const tablePage = 'docs/packages.md';

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, unknown>>;
}

/** A package of ours, or a subpath of one, as an import names it. */
const ourImport = /@latchkey\/[a-z\d-]+(?:\/[a-z][a-z-]*)*/g;

/**
 * What the packages let others import against the table of docs/packages.md; and, in every page, names of imports that no
 * package has.
 */
export function subpathDifferences(root: string, pages: readonly MarkdownPage[]): string[] {
  const inCode = manifests(packages).flatMap(importsOf);
  const known = new Set([...inCode, ...manifests(unpublished).map(({ name }) => name)]);
  const table = pages.find(({ file }) => file === tablePage)?.text ?? '';
  const inDocs = firstColumn(sectionOf(table, '## What can be imported'));
  const unknown = pages.flatMap(({ file, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        [...line.matchAll(ourImport)]
          .filter(([name]) => !known.has(name))
          .map(([name]) => `${file}:${index + 1} ${name}: no package lets others import it`),
      ),
  );
  return [...differences({ inCode, inDocs }, tablePage, 'the exports of the packages'), ...unknown];

  function manifests(pattern: string): readonly Manifest[] {
    const files = globSync(pattern, { cwd: root }).sort();
    return files.map((file) => JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest);
  }
}

function importsOf({ name, exports = {} }: Manifest): readonly string[] {
  return Object.keys(exports).map((subpath) => subpath.replace(/^\./, name));
}
