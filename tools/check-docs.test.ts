import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, describe, expect, test } from 'vitest';
import { examplesOf, hasExample } from './doc-examples.ts';
import { missingInstalls } from './doc-installs.ts';
import { anchorsOf, brokenLinks, linksOf } from './doc-links.ts';
import { commandDifferences } from './doc-names.ts';
import { differences, membersOf } from './doc-options.ts';
import { brokenIn, brokenPagePaths } from './doc-paths.ts';
import { snippetComplaints, snippetsOf } from './doc-snippets.ts';
import { subpathDifferences } from './doc-subpaths.ts';
import { codeBlocks, firstColumn, sectionOf } from './markdown.ts';

describe('pages', () => {
  const page = [
    '# Title',
    '',
    '```ts',
    'const a = 1;',
    '# no heading',
    '```',
    '## `One`',
    '| option | x |',
    '| --- | --- |',
    '| `a` | see `b` |',
    '| `c.d` (old) | - |',
    '### Below',
    '| `e` | - |',
    '## Two',
    '| `f` | - |',
  ].join('\n');

  test('code blocks are found with their lines', () => {
    expect(codeBlocks(page)).toEqual([
      { language: 'ts', code: 'const a = 1;\n# no heading', line: 4 },
    ]);
  });

  test('a section goes down to the next heading of its level', () => {
    expect(firstColumn(sectionOf(page, '## `One`'))).toEqual(['a', 'c.d', 'e']);
    expect(sectionOf(page, '## Three')).toBe('');
  });
});

describe('installs', () => {
  const code = [
    '```ts',
    "import { createServer } from 'node:http';",
    "import { latchkey } from '@latchkey/session/express';",
    "import express from 'express';",
    "import family from './latchkey.config.ts';",
    '```',
  ].join('\n');
  const missing = (file: string, install: string): string[] =>
    missingInstalls([{ file, text: `${install}\n${code}` }]);

  test('a package that a page imports and does not install is told', () => {
    expect(missing('docs/a.md', 'npm install @latchkey/session')).toEqual([
      'docs/a.md imports express, which no npm install of the page names',
    ]);
  });

  test('an install may stand in prose, with versions and flags, and in several places', () => {
    const install =
      'Run `npm install express@5`.\n```sh\nnpm install -D @latchkey/session@1 # ours\n```';
    expect(missing('docs/a.md', install)).toEqual([]);
  });

  test('pages that are looked up in a project that is there install nothing', () => {
    expect(missing('docs/configuration.md', '')).toEqual([]);
  });
});

describe('links', () => {
  test('those in prose are found, those in code are not', () => {
    const text = 'a [b](c.md) and ![d](e.png "f")\n`[g](h.md)`\n```\n[i](j.md)\n```\n[k](l.md#m)';
    expect(linksOf(text)).toEqual([
      { target: 'c.md', line: 1 },
      { target: 'e.png', line: 1 },
      { target: 'l.md#m', line: 6 },
    ]);
  });

  test('anchors are made as GitHub makes them', () => {
    const text =
      '# `createLoginHost`\n## What is it?\n## What is it?\n```\n# no\n```\n### A-b, c & d';
    expect([...anchorsOf(text)]).toEqual([
      ...['createloginhost', 'what-is-it', 'what-is-it-1', 'a-b-c--d'],
    ]);
  });

  test('what leads nowhere is told with its page and line', () => {
    const root = mkdtempSync(join(tmpdir(), 'latchkey-links-'));
    mkdirSync(join(root, 'docs'));
    for (const file of ['README.md', 'docs/a.md']) writeFileSync(join(root, file), '');
    const text = [
      '# Here',
      '[good](../README.md) [good](.) [good](#here) [good](https://elsewhere.example/x)',
      '[gone](gone.md)',
      '[gone](#there)',
      '[out](../../etc)',
      '[out](/etc/hosts)',
    ].join('\n');
    const broken = brokenLinks(root, [{ file: 'docs/a.md', text }]);
    rmSync(root, { recursive: true });
    expect(broken).toEqual([
      'docs/a.md:3 gone.md: there is no such file',
      'docs/a.md:4 #there: it has no heading for #there',
      'docs/a.md:5 ../../etc: it leaves the repository',
      'docs/a.md:6 /etc/hosts: it leaves the repository',
    ]);
  });
});

describe('snippets', () => {
  const config = '```ts\n// latchkey.config.ts\nexport default 1;\n```\n';

  test('keep the line numbers of their page and the names they give themselves', () => {
    const text = `# A\n${config}\n\`\`\`sh\nls\n\`\`\`\n\`\`\`ts\nlet a;\n\`\`\`\n`;
    expect(snippetsOf([{ file: 'README.md', text }])).toEqual([
      {
        file: 'README.md/latchkey.config.ts',
        code: '\n\n// latchkey.config.ts\nexport default 1;\n',
      },
      { file: 'README.md/line-11.ts', code: `${'\n'.repeat(10)}let a;\n` },
    ]);
  });

  test('a page without a family of its own gets that of the README', () => {
    const pages = [
      { file: 'README.md', text: config },
      { file: 'docs/a.md', text: '```ts\nlet a;\n```' },
    ];
    expect(snippetsOf(pages).map(({ file }) => file)).toContain('docs/a.md/latchkey.config.ts');
  });

  test('what readers need not see stands in a comment', () => {
    const text = 'a\n<!-- file: my-store.ts\nexport const a = 1;\n-->\nb';
    expect(snippetsOf([{ file: 'a.md', text }])).toEqual([
      { file: 'a.md/my-store.ts', code: '\n\nexport const a = 1;\n' },
    ]);
  });

  test('two of one name are told', () => {
    const complaints = snippetComplaints(tmpdir(), [{ file: 'a.md', text: `${config}${config}` }]);
    expect(complaints).toEqual(['a.md/latchkey.config.ts stands twice on its page']);
  });
});

describe('options', () => {
  test('the members of an interface are found, nested ones with a dot', () => {
    const source = `
/** export interface Options { */
export interface Options {
  /** What { it } is: a name. */
  readonly name: string;
  readonly inner?: {
    // readonly not: this one
    readonly size: number;
    readonly make?: (value: string) => void;
  };
  call(size: number): Promise<void>;
}
export interface Others extends Options {
  readonly z: string;
}
`;
    expect(membersOf(source, 'Options')).toEqual([
      ...['name', 'inner', 'inner.size', 'inner.make', 'call'],
    ]);
    expect(membersOf(source, 'Others')).toEqual(['z']);
    expect(() => membersOf(source, 'None')).toThrow('no exported interface');
  });

  test('a missing row, one too many and a second one are all told', () => {
    expect(differences({ inCode: ['a', 'b'], inDocs: ['b', 'c', 'b'] }, 'page', 'code.ts')).toEqual(
      [
        'page has no row for a (code.ts)',
        'page has a row for c, which code.ts does not have',
        'page has two rows for b',
      ],
    );
  });
});

test('commands are compared with their arguments and options', () => {
  const program = new Command('latchkey');
  program.command('serve').option('--port <number>').option('--json');
  program.command('account').command('add <email>').option('--json');
  const page = [
    '## Options of every command',
    '| `--json` | - |',
    '## `latchkey serve`',
    '| `--prot <number>` | - |',
    '## `latchkey account add <name>`',
  ].join('\n');
  expect(commandDifferences(program, page)).toEqual([
    'docs/cli.md has no row for latchkey account add <email> (the command)',
    'docs/cli.md has a row for latchkey account add <name>, which the command does not have',
    'latchkey serve in docs/cli.md has no row for --port <number> (the command)',
    'latchkey serve in docs/cli.md has a row for --prot <number>, which the command does not have',
  ]);
});

describe('imports', () => {
  test('those of the packages and those of the page are compared, and others are not named anywhere', () => {
    const root = mkdtempSync(join(tmpdir(), 'latchkey-imports-'));
    mkdirSync(join(root, 'packages/one'), { recursive: true });
    mkdirSync(join(root, 'e2e'));
    const manifest = {
      name: '@latchkey/one',
      exports: { '.': {}, './door': {}, './store/sea': {} },
    };
    writeFileSync(join(root, 'packages/one/package.json'), JSON.stringify(manifest));
    writeFileSync(join(root, 'e2e/package.json'), JSON.stringify({ name: '@latchkey/e2e' }));
    const table = (names: readonly string[]) =>
      ['## What can be imported', ...names.map((name) => `| \`${name}\` | - |`)].join('\n');
    const all = ['@latchkey/one', '@latchkey/one/door', '@latchkey/one/store/sea'];
    const page = (text: string) => ({ file: 'docs/packages.md', text });
    const other = { file: 'a.md', text: "fine: @latchkey/e2e\nimport '@latchkey/one/window'" };
    expect(subpathDifferences(root, [page(table(all))])).toEqual([]);
    expect(subpathDifferences(root, [page(table(all.slice(1))), other])).toEqual([
      'docs/packages.md has no row for @latchkey/one (the exports of the packages)',
      'a.md:2 @latchkey/one/window: no package lets others import it',
    ]);
    rmSync(root, { recursive: true });
  });
});

describe('examples in comments', () => {
  const source = [
    '/**',
    ' * Opens the door.',
    ' *',
    ' * @example',
    ' * ```ts',
    " * import { open } from '@latchkey/session';",
    ' *',
    ' * open();',
    ' * ```',
    ' */',
    'export function open(): void {}',
    '/** Closes it. */',
    'export const close = open;',
  ].join('\n');

  test('their code is found, on the lines of the source', () => {
    expect(codeBlocks(examplesOf(source))).toEqual([
      { language: 'ts', code: "import { open } from '@latchkey/session';\n\nopen();", line: 6 },
    ]);
  });

  test('what else a comment says is not code', () => {
    const other = source.replace(' * @example', ' * Words.').replace(' * ```ts', ' * @throws');
    expect(examplesOf(other).trim()).toBe('');
  });

  test('a function has the example right above it, no other', () => {
    expect(hasExample(source, 'open')).toBe(true);
    expect(hasExample(source, 'close')).toBe(false);
    expect(hasExample(source, 'gone')).toBe(false);
  });
});

describe('paths', () => {
  const root = mkdtempSync(join(tmpdir(), 'latchkey-paths-'));
  for (const file of ['packages/a/src/hop/arrival.ts', 'packages/a/src/errors.ts']) {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), '');
  }
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const inComment = (comment: string): string[] =>
    brokenIn(root, 'packages/a/src/hop/other.ts', `${comment}\ncode();`);

  test('of a page are whole, or begin at the folder in the head of their table', () => {
    const table = ['| step | file (`packages/a/src/`) |', '| a | `hop/arrival.ts`, `gone.ts` |'];
    const text = ['`packages/a/src/hop/`, `hop/`', ...table, '', '`errors.ts`'].join('\n');
    expect(brokenPagePaths(root, 'A.md', text)).toEqual([
      'A.md:1 hop/: there is no such file',
      'A.md:3 packages/a/src/gone.ts: there is no such file',
      'A.md:5 errors.ts: there is no such file',
    ]);
  });

  test('of comments are whole, or name a file beside this one or a folder of the package', () => {
    expect(inComment('// See packages/a/src/errors.ts, `arrival.ts` and `hop/`.')).toEqual([]);
    expect(inComment('/** See hop/arrival.ts. */')).toEqual([
      'packages/a/src/hop/other.ts:1 hop/arrival.ts: there is no such file',
    ]);
    expect(inComment(' * As `errors.ts` has it.')).toHaveLength(1);
    expect(inComment('// In `latchkey.config.ts`, from https://a.example/b/c.md')).toEqual([]);
  });
});
