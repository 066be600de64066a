import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { linksOf } from '../../tools/doc-links.ts';

/** A line of the sidebar, as VitePress takes it: a page, or a group of them. */
export interface SidebarEntry {
  readonly text: string;
  /** From the root of the site, without an ending. */
  readonly link?: string;
  /** Whether a group begins folded. */
  readonly collapsed?: boolean;
  readonly items?: SidebarEntry[];
}

/** The table of contents, which is the home page; in a folder, what its group leads to. */
const contents = 'README.md';

/**
 * The sidebar that the table of contents makes: a group for each heading of `README.md`, in it a page for each link of its
 * table, or a folded group where a row links several pages or a whole folder. Throws when a page of the folder is in none.
 */
export function sidebarOf(docs: string): SidebarEntry[] {
  const sections = readFileSync(join(docs, contents), 'utf8').split(/^## /m).slice(1);
  const sidebar = sections.map((section) => ({
    text: section.slice(0, section.indexOf('\n')).trim(),
    items: rowsOf(section).flatMap((row) => entriesOf(docs, row)),
  }));
  const missing = pagesOutside(docs, sidebar);
  if (missing.length === 0) return sidebar;
  throw new Error(
    `docs/${contents} links to no ${missing.join(', ')}: the site would not show it.`,
  );
}

/** The first page of each group, for the bar at the top. */
export function barOf(sidebar: readonly SidebarEntry[]): { text: string; link: string }[] {
  return sidebar.flatMap((group) => {
    const [link] = linksIn([group]);
    return link === undefined ? [] : [{ text: group.text, link }];
  });
}

interface Row {
  readonly words: string;
  readonly targets: readonly { readonly label: string; readonly target: string }[];
}

function rowsOf(section: string): readonly Row[] {
  return [...section.matchAll(/^\|([^|]+)\|(.+)\|$/gm)].map((match) => ({
    words: (match[1] ?? '').trim(),
    targets: insideLinks(match[2] ?? ''),
  }));
}

/** Links of a cell that lead to a page or folder of the site. */
function insideLinks(cell: string): Row['targets'] {
  const labels = [...cell.matchAll(/\[([^\]]+)\]\(/g)].map((match) => match[1] ?? '');
  return linksOf(cell)
    .map(({ target }, index) => ({ label: labels[index] ?? '', target }))
    .filter(({ target }) => !target.startsWith('../') && !target.includes(':'));
}

function entriesOf(docs: string, { words, targets }: Row): readonly SidebarEntry[] {
  const [first] = targets;
  if (first === undefined) return [];
  if (targets.length > 1) {
    return [{ ...folded(words), link: linkTo(first.target), items: targets.map(labelled) }];
  }
  if (first.target.endsWith('.md')) return [pageEntry(docs, first.target)];
  const items = pagesIn(docs, first.target).map((file) => pageEntry(docs, file));
  return [{ ...folded(words), link: linkTo(`${first.target}/${contents}`), items }];
}

/** Folded groups have links: without one VitePress makes a button within a button of them. */
function folded(words: string): SidebarEntry {
  return { text: `${words.charAt(0).toUpperCase()}${words.slice(1)}`, collapsed: true };
}

function labelled({ label, target }: Row['targets'][number]): SidebarEntry {
  return { text: label, link: linkTo(target) };
}

function pageEntry(docs: string, file: string): SidebarEntry {
  return { text: titleOf(docs, file), link: linkTo(file) };
}

/** The heading of a page. Throws when it has none. */
export function titleOf(docs: string, file: string): string {
  const title = /^# (.+)$/m.exec(readFileSync(join(docs, file), 'utf8'))?.[1];
  if (title === undefined) throw new Error(`docs/${file} has no heading.`);
  return title.replaceAll('`', '');
}

function pagesIn(docs: string, folder: string): readonly string[] {
  const files = globSync('*.md', { cwd: join(docs, folder) }).sort();
  return files.filter((file) => file !== contents).map((file) => posix.join(folder, file));
}

/** `/adapters/node` for `adapters/node.md`, `/decisions/` for `decisions/README.md`. */
function linkTo(file: string): string {
  return `/${file.replace(/(^|\/)README\.md$/, '$1').replace(/\.md$/, '')}`;
}

function pagesOutside(docs: string, sidebar: readonly SidebarEntry[]): readonly string[] {
  const shown = new Set(['/', ...linksIn(sidebar)]);
  const pages = globSync('**/*.md', { cwd: docs }).map((file) => file.replaceAll('\\', '/'));
  return pages.filter((file) => !shown.has(linkTo(file))).sort();
}

function linksIn(entries: readonly SidebarEntry[]): readonly string[] {
  return entries.flatMap(({ link, items = [] }) => [
    ...(link === undefined ? [] : [link]),
    ...linksIn(items),
  ]);
}
