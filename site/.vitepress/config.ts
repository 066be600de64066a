import { join } from 'node:path';
import { defineConfig } from 'vitepress';
import { addRules, markdownOptions } from '../src/markdown.ts';
import { repositoryUrl } from '../src/repository.ts';
import { barOf, sidebarOf, titleOf } from '../src/sidebar.ts';

// VitePress bundles this file, so it is asked for where the site is instead of import.meta.
const root = process.cwd();
const docs = join(root, 'docs');
const repository = repositoryUrl(root);
const surroundings = { repository, titleOf: (file: string) => titleOf(root, file) };
const sidebar = sidebarOf(docs);
const key =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><g fill='none' stroke='%230d7a68' stroke-width='4'><circle cx='10' cy='16' r='6'/><path d='M16 16h14M26 16v7'/></g></svg>";

export default defineConfig({
  title: 'Latchkey',
  description:
    'One sign-in for every app a team runs, on every domain it owns, and one sign-out that is true everywhere at once.',
  lang: 'en',
  srcDir: docs,
  outDir: join(root, 'site', 'dist'),
  cacheDir: join(root, 'site', 'node_modules', '.vitepress'),
  rewrites: { 'README.md': 'index.md', 'decisions/README.md': 'decisions/index.md' },
  head: [['link', { rel: 'icon', href: key }]],
  markdown: { ...markdownOptions, config: (markdown) => addRules(markdown, surroundings) },
  themeConfig: {
    nav: barOf(sidebar),
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
    ...(repository === null ? {} : { socialLinks: [{ icon: 'github', link: repository }] }),
  },
});
