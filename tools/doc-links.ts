import { existsSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type MarkdownPage, proseOf } from './markdown.ts';

/** The links of all pages that lead nowhere, as lines to show. Only links inside the repository are looked at. */
export function brokenLinks(root: string, pages: readonly MarkdownPage[]): string[] {
  const anchors = new Map(pages.map(({ file, text }) => [file, anchorsOf(text)]));
  return pages.flatMap((page) =>
    linksOf(page.text).flatMap(({ target, line }) => {
      const why = judge({ root, anchors }, page.file, target);
      return why === null ? [] : [`${page.file}:${line} ${target}: ${why}`];
    }),
  );
}

/** Links and images of a page with their lines; not what stands in code. */
export function linksOf(
  text: string,
): readonly { readonly target: string; readonly line: number }[] {
  // A link may be broken over two lines between its words and its target, never inside the target.
  const prose = proseOf(text);
  return [...prose.matchAll(/\]\(<?([^)>\s]+)>?(?:\s+"[^"]*")?\)/g)].map((match) => ({
    target: match[1] ?? '',
    line: prose.slice(0, match.index).split('\n').length,
  }));
}

/** What GitHub makes of a heading, for links to it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

/** What can stand after `#` in a link to this page, as GitHub makes it of the headings. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  let isCode = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) isCode = !isCode;
    const heading = isCode ? null : /^#{1,6}\s+(.*?)\s*$/.exec(line);
    if (heading === null) continue;
    const anchor = anchorOf(heading[1] ?? '');
    let number = 0;
    while (anchors.has(number === 0 ? anchor : `${anchor}-${number}`)) number += 1;
    anchors.add(number === 0 ? anchor : `${anchor}-${number}`);
  }
  return anchors;
}

interface Targets {
  readonly root: string;
  /** What links to each page may name after `#`. */
  readonly anchors: ReadonlyMap<string, ReadonlySet<string>>;
}

function judge({ root, anchors }: Targets, from: string, target: string): string | null {
  if (/^(https?|mailto):/.test(target)) return null;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? from : posix.join(posix.dirname(from), decodeURIComponent(path));
  if (file.startsWith('../') || path.startsWith('/')) return 'it leaves the repository';
  const onDisk = join(root, file);
  if (!existsSync(onDisk)) return 'there is no such file';
  if (anchor === undefined) return null;
  if (statSync(onDisk).isDirectory()) return 'a folder has no headings';
  return anchors.get(file)?.has(anchor) === true ? null : `it has no heading for #${anchor}`;
}
