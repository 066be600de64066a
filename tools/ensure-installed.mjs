// Installs the dependencies when they are missing or are not those of the lock file. Plain JavaScript, and run by
// whatever Node the machine has: the Node that runs everything else is itself one of the dependencies.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that the repository was cloned into. */
export const root = resolve(fileURLToPath(import.meta.url), '../..');

const oldestNode = [22, 18];

/** Runs `npm ci` when it is needed; prints one line then, nothing otherwise. Throws with npm's words when it fails. */
export function ensureInstalled(folder = root) {
  const reason = whyInstall(folder);
  if (reason === null) return;
  console.log(`Installing dependencies with npm ci: ${reason}.`);
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: folder,
    env: { ...process.env, PATH: pathWithoutOwnNode() },
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    const words = result.error?.message ?? `${result.stdout}${result.stderr}`.trim();
    throw new Error(`npm ci failed:\n${words}`);
  }
}

/** Why the folder needs an install, or null when what is installed is what the lock file names. */
export function whyInstall(folder) {
  const installed = readPackages(join(folder, 'node_modules', '.package-lock.json'));
  if (installed === null) return 'node_modules is missing or incomplete';
  const wanted = readPackages(join(folder, 'package-lock.json'));
  if (wanted === null) throw new Error('package-lock.json is missing or cannot be read.');
  for (const [path, entry] of Object.entries(wanted)) {
    // The root is not installed; optional packages of other platforms are left out by npm.
    if (path === '' || (entry.optional && !installed[path])) continue;
    const have = installed[path];
    if (!have || have.version !== entry.version || have.integrity !== entry.integrity) {
      return 'node_modules is older than package-lock.json';
    }
  }
  return null;
}

/** The Node to run TypeScript with: the installed one, else this one when it is new enough. */
export function nodeBinary(folder = root) {
  const installed = join(folder, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(installed)) return installed;
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldestNode;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) {
    return process.execPath;
  }
  throw new Error(
    `Node ${oldestNode.join('.')} or newer is needed and this is ${process.version}. npm left out the ` +
      'install script of the package "node", which brings one: run "npm rebuild node --ignore-scripts=false".',
  );
}

/** The environment for programs of the repository: its own Node and commands first. */
export function environment(extra = {}, folder = root) {
  const path = join(folder, 'node_modules', '.bin') + delimiter + (process.env.PATH ?? '');
  return { ...process.env, PATH: path, ...extra };
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}

// npm must not run on the Node that it is about to delete and install again.
function pathWithoutOwnNode() {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => !entry.endsWith(join('node_modules', '.bin')))
    .join(delimiter);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    ensureInstalled();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
