import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where files of the repository can be read on the web, without a final slash; null when its package.json does not say. */
export function repositoryUrl(root: string): string | null {
  const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly repository?: string | { readonly url?: string };
  };
  const written = typeof repository === 'string' ? repository : repository?.url;
  if (written === undefined) return null;
  const short = /^(?:github:)?([\w.-]+\/[\w.-]+)$/.exec(written)?.[1];
  const url = short === undefined ? written : `https://github.com/${short}`;
  return url
    .replace(/^git\+/, '')
    .replace(/\.git$/, '')
    .replace(/\/$/, '');
}
