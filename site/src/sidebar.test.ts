import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { barOf, sidebarOf } from './sidebar.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function docsOf(pages: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-site-'));
  folders.push(folder);
  for (const [file, text] of Object.entries(pages)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

const pages = {
  'a.md': '# The `a` page\n',
  'b/c.md': '# C\n',
  'b/d.md': '# D\n',
  'why/README.md': '# Why\n',
  'why/one.md': '# One\n',
  'README.md': `# Contents

## First

| to | read |
| --- | --- |
| do a | [a.md](a.md), [else](../ELSE.md) |
| do b | [C](b/c.md), [D](b/d.md) |

## Second

| to | read |
| --- | --- |
| know why | [why](why) |
`,
};

describe('the sidebar', () => {
  test('has a group for each heading, a page or a folded group for each row, and all pages of a folder', () => {
    expect(sidebarOf(docsOf(pages))).toEqual([
      {
        text: 'First',
        items: [
          { text: 'The a page', link: '/a' },
          {
            text: 'Do b',
            collapsed: true,
            link: '/b/c',
            items: [
              { text: 'C', link: '/b/c' },
              { text: 'D', link: '/b/d' },
            ],
          },
        ],
      },
      {
        text: 'Second',
        items: [
          {
            text: 'Know why',
            collapsed: true,
            link: '/why/',
            items: [{ text: 'One', link: '/why/one' }],
          },
        ],
      },
    ]);
  });

  test('the bar leads to the first page of each group', () => {
    expect(barOf(sidebarOf(docsOf(pages)))).toEqual([
      { text: 'First', link: '/a' },
      { text: 'Second', link: '/why/' },
    ]);
  });

  test('a page that no table links to is refused', () => {
    const docs = docsOf({ ...pages, 'b/lost.md': '# Lost\n' });
    expect(() => sidebarOf(docs)).toThrow('links to no b/lost.md');
  });

  test('holds every page of docs/', () => {
    expect(sidebarOf(join(import.meta.dirname, '../../docs')).length).toBeGreaterThan(3);
  });
});
