import { posix } from 'node:path';
import { anchorOf } from '../../tools/doc-links.ts';

/** What is needed of markdown-it's token. */
interface Token {
  type: string;
  content: string;
  children: Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}

interface MarkdownState {
  src: string;
  readonly tokens: Token[];
  readonly env: { readonly relativePath?: string };
  readonly Token: new (type: string, tag: string, nesting: 0) => Token;
}

interface Renderer {
  readonly core: {
    readonly ruler: {
      before(other: string, name: string, rule: (state: MarkdownState) => void): void;
      push(name: string, rule: (state: MarkdownState) => void): void;
    };
  };
  readonly renderer: {
    readonly rules: { text?: unknown };
  };
}

/** Our pages are read on the web as they are in the repository; what differs is settled here. */
export const markdownOptions: {
  readonly html: boolean;
  readonly linkify: boolean;
  readonly attrs: { readonly disable: boolean };
  readonly theme: {
    readonly light: 'github-light-high-contrast';
    readonly dark: 'github-dark-high-contrast';
  };
  readonly anchor: { readonly slugify: (words: string) => string };
} = {
  // What looks like a tag is text, a placeholder mostly.
  html: false,
  // `README.md` would be an address in Moldova.
  linkify: false,
  // Braces are text.
  attrs: { disable: true },
  // Comments in the default themes are too pale to read.
  theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  // Links to headings are written, and checked, as GitHub makes them.
  anchor: { slugify: anchorOf },
};

/** What the pages link to, beyond themselves. */
export interface Surroundings {
  /** Where files of the repository can be read on the web; null when it is not known. */
  readonly repository: string | null;
  /** The heading of a page, by its file: `docs/cli.md`. */
  titleOf(file: string): string;
}

/**
 * Adds our rules to markdown-it. A link that is named by its page's file gets the page's heading. Links out of `docs/` lead
 * to the repository on the web; where it is not known they are the file's name as code.
 */
export function addRules(markdown: Renderer, surroundings: Surroundings): void {
  markdown.core.ruler.before('normalize', 'hidden-files', (state) => {
    state.src = state.src.replace(/^<!--[\s\S]*?-->$/gm, '');
  });
  markdown.core.ruler.push('links-of-the-repository', (state) => {
    for (const token of state.tokens) {
      if (token.children === null) continue;
      token.children = withLinks(token.children, state, surroundings);
    }
  });
  // Two braces in prose would be a program of Vue's.
  markdown.renderer.rules.text = (tokens: Token[], index: number) =>
    escaped(tokens[index]?.content ?? '');
}

function withLinks(
  tokens: Token[],
  state: MarkdownState,
  { repository, titleOf }: Surroundings,
): Token[] {
  const folder = posix.join('docs', posix.dirname(state.env.relativePath ?? ''));
  const kept: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    kept.push(token);
    const place = token.type === 'link_open' ? placeOf(token, folder) : null;
    if (place === null) continue;
    const label = tokens[at + 1];
    const isNamed = label?.content === posix.basename(place.file);
    if (place.isPage) {
      token.attrSet('href', place.href);
      if (isNamed && place.file.endsWith('.md')) label.content = titleOf(place.file);
    } else if (repository !== null) {
      token.attrSet('href', `${repository}/blob/HEAD/${place.href}`);
    } else {
      const name = new state.Token('code_inline', 'code', 0);
      name.content = isNamed ? label.content : place.file;
      kept[kept.length - 1] = name;
      while (tokens[at]?.type !== 'link_close') at += 1;
    }
  }
  return kept;
}

interface Place {
  /** Whether it is on the site. */
  readonly isPage: boolean;
  /** From the root of the repository. */
  readonly file: string;
  readonly href: string;
}

/** Where a relative link leads; null for one to elsewhere on the web or within the page. */
function placeOf(link: Token, folder: string): Place | null {
  const href = link.attrGet('href') ?? '';
  if (/^([a-z]+:|#|\/)/.test(href)) return null;
  const [path = '', anchor] = href.split('#');
  const file = posix.join(folder, decodeURIComponent(path));
  const end = anchor === undefined ? '' : `#${anchor}`;
  if (!file.startsWith('docs/')) return { isPage: false, file, href: `${file}${end}` };
  const isFolder = posix.extname(path) === '';
  const onSite = isFolder
    ? `${path.replace(/\/$/, '')}/`
    : path.replace(/(^|\/)README\.md$/, '$1index.md');
  return { isPage: true, file, href: `${onSite}${end}` };
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('{{', '&#123;&#123;');
}
