import { describe, expect, test } from 'vitest';
import { addRules } from './markdown.ts';

interface Written {
  type: string;
  content: string;
  children: Written[] | null;
  href: string;
  attrGet(): string;
  attrSet(name: string, value: string): void;
}

class TestToken implements Written {
  type: string;
  content = '';
  children: Written[] | null = null;
  href = '';

  constructor(type: string) {
    this.type = type;
  }

  attrGet(): string {
    return this.href;
  }

  attrSet(_name: string, value: string): void {
    this.href = value;
  }
}

function token(type: string, content = '', href = ''): Written {
  return Object.assign(new TestToken(type), { content, href });
}

type Rule = (state: {
  src: string;
  tokens: Written[];
  env: { relativePath: string };
  Token: typeof TestToken;
}) => void;

/** The rules at work on one paragraph of a page. */
function written(page: string, tokens: readonly Written[], repository: string | null): string[] {
  const rules: Rule[] = [];
  const ruler = {
    before: (_other: string, _name: string, rule: Rule) => rules.push(rule),
    push: (_name: string, rule: Rule) => rules.push(rule),
  };
  const titleOf = (file: string): string => `Title of ${file}`;
  addRules({ core: { ruler }, renderer: { rules: {} } }, { repository, titleOf });
  const paragraph = Object.assign(token('inline'), { children: [...tokens] });
  const state = { src: '', tokens: [paragraph], env: { relativePath: page }, Token: TestToken };
  for (const rule of rules) rule(state);
  return (paragraph.children as Written[]).map(({ type, content, href }) =>
    [type, content, href].filter((part) => part !== '').join(' '),
  );
}

function link(label: string, href: string): Written[] {
  return [token('link_open', '', href), token('text', label), token('link_close')];
}

describe('links', () => {
  test('to pages stay, get the heading where they are named by the file, and find folders and contents', () => {
    expect(written('index.md', link('cli.md', 'cli.md#a'), null)).toEqual([
      ...['link_open cli.md#a', 'text Title of docs/cli.md', 'link_close'],
    ]);
    expect(written('a/b.md', link('C', '../README.md'), null)[0]).toBe('link_open ../index.md');
    expect(written('index.md', link('decisions', 'decisions'), null)).toEqual([
      ...['link_open decisions/', 'text decisions', 'link_close'],
    ]);
  });

  test('out of the documentation become code where the repository on the web is not known', () => {
    const around = [token('text', 'the '), ...link('README', '../README.md'), token('text', '.')];
    expect(written('index.md', around, null)).toEqual([
      ...['text the ', 'code_inline README.md', 'text .'],
    ]);
    expect(written('a/b.md', link('x.test.ts', '../../e2e/x.test.ts'), null)).toEqual([
      'code_inline x.test.ts',
    ]);
  });

  test('out of the documentation lead to the repository where it is known', () => {
    const [first] = written(
      'index.md',
      link('README', '../README.md#try-it'),
      'https://git.example/k',
    );
    expect(first).toBe('link_open https://git.example/k/blob/HEAD/README.md#try-it');
  });

  test('to elsewhere and within a page are left alone', () => {
    expect(written('index.md', link('a', 'https://a.example/b.md'), null)[0]).toContain('https:');
    expect(written('index.md', link('a', '#b'), null)[0]).toBe('link_open #b');
  });
});
