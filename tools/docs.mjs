// npm run docs: makes the documentation site of docs/ in site/dist. Installs first what is missing, for the repository and
// for site/, which has a lock file of its own. Arguments go to `vitepress build`, such as `--base /latchkey/`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, environment, nodeBinary, root } from './ensure-installed.mjs';

const site = join(root, 'site');

function run(file, ...args) {
  const { status } = spawnSync(file, args, { cwd: root, env: environment(), stdio: 'inherit' });
  if (status !== 0) throw new Error('The documentation site was not made.');
}

try {
  ensureInstalled();
  ensureInstalled(site);
  const vitepress = join(site, 'node_modules', 'vitepress', 'bin', 'vitepress.js');
  run('tsc', '-p', 'site', '--pretty', 'false');
  run(nodeBinary(), vitepress, 'build', 'site', ...process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
