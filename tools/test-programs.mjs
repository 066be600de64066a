// The programs that tests start and npm does not bring: where they are, and how to get them.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const programs = [
  { variable: 'LATCHKEY_TEST_REDIS_SERVER', names: ['redis-server'], debian: 'redis-server' },
  { variable: 'LATCHKEY_TEST_POSTGRES', names: ['postgres'], debian: 'postgresql' },
  {
    variable: 'LATCHKEY_TEST_CHROMIUM',
    names: ['chromium', 'chromium-browser', 'google-chrome'],
    debian: 'chromium',
  },
  { variable: 'LATCHKEY_TEST_NSD', names: ['nsd'], debian: 'nsd' },
  { variable: 'LATCHKEY_TEST_APACHE', names: ['apache2'], debian: 'apache2-bin' },
  { variable: 'LATCHKEY_TEST_NGINX', names: ['nginx'], debian: 'nginx' },
];

/**
 * Where the programs are, by environment variable, and the Debian packages of those that were not found. As root on
 * Debian it installs what is missing first. A variable that is already set is taken as it is.
 */
export function testPrograms(environment = process.env) {
  let found = locate(environment);
  if (found.missing.length > 0 && canInstall()) {
    install(found.missing);
    found = locate(environment);
  }
  return found;
}

function locate(environment) {
  const paths = {};
  const missing = [];
  for (const { variable, names, debian } of programs) {
    const path = environment[variable] ?? findOnPath(names, environment.PATH ?? '');
    if (path === null) missing.push(debian);
    else paths[variable] = path;
  }
  return { paths, missing };
}

function findOnPath(names, path) {
  // Servers lie in sbin, which is not on everybody's PATH.
  const folders = [...path.split(delimiter), '/usr/sbin', ...debianPostgresFolders()];
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

/** Debian keeps the server's programs off PATH, one folder for each major version. The newest comes first. */
function debianPostgresFolders(parent = '/usr/lib/postgresql') {
  if (!existsSync(parent)) return [];
  const majors = readdirSync(parent).sort((a, b) => Number(b) - Number(a));
  return majors.map((major) => join(parent, major, 'bin'));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function canInstall() {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version');
}

function install(packages) {
  console.log(`Installing Debian packages that tests need: ${packages.join(', ')}.`);
  // Run level 1: the packages' own services are not started, tests start what they need themselves.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const options = { env, encoding: 'utf8' };
  spawnSync('apt-get', ['update', '-q'], options);
  const args = ['install', '-y', '-q', '--no-install-recommends', ...packages];
  const result = spawnSync('apt-get', args, options);
  if (result.status !== 0) console.error(`${result.stdout}${result.stderr}`.trim());
}
